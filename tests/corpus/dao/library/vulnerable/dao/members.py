from dao.base import BaseDAO


class MemberDAO(BaseDAO):
    table_name = "members"
    key_name = "member_id"
