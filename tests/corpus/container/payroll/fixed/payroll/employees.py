from boto3.dynamodb.conditions import Key


class Employees:
    def __init__(self, dynamodb, table_name):
        self._table = dynamodb.Table(table_name)

    def in_department(self, department):
        return self._table.query(IndexName="by_department", KeyConditionExpression=Key("department").eq(department))["Items"]

    def get(self, employee_id):
        return self._table.get_item(
            Key={"pk": f"EMP#{employee_id}", "sk": "PROFILE"},
            ProjectionExpression="employee_id, family_name, department",
        ).get("Item")

    def raise_salary(self, employee_id, amount):
        self._table.update_item(
            Key={"pk": f"EMP#{employee_id}", "sk": "PROFILE"},
            UpdateExpression="SET salary = :amount",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeValues={":amount": amount},
        )
