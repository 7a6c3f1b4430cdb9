from boto3.dynamodb.conditions import Attr, Key


class InvoiceService:
    def __init__(self, table):
        self.table = table

    def find(self, number, account):
        response = self.table.get_item(Key={"number": number})
        item = response.get("Item")
        if item is None or item["account"] != account:
            return None
        return item

    def search(self, account, attribute, value):
        return self.table.query(
            IndexName="by_account",
            KeyConditionExpression=Key("account").eq(account),
            FilterExpression=Attr(attribute).eq(value),
        )["Items"]

    def delete(self, number, account):
        self.table.delete_item(Key={"number": number}, ConditionExpression=Attr("account").eq(account))

    def count(self, account):
        return self.table.query(IndexName="by_account", KeyConditionExpression=Key("account").eq(account), Select="COUNT")["Count"]
