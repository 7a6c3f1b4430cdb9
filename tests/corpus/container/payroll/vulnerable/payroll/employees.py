from boto3.dynamodb.conditions import Key


class Employees:
    def __init__(self, dynamodb, table_name):
        self._table = dynamodb.Table(table_name)

    def in_department(self, department):
        return self._table.query(IndexName="by_department", KeyConditionExpression=Key("department").eq(department))["Items"]

    def everyone(self):
        return self._table.scan(ProjectionExpression="employee_id, family_name")["Items"]  # finding: scan-behind-route

    def get(self, employee_id):
        return self._table.get_item(Key={"pk": f"EMP#{employee_id}", "sk": "PROFILE"}).get("Item")  # finding: unvalidated-key

    def raise_salary(self, employee_id, amount, extra):
        item = self.get(employee_id)
        item.update(extra)
        item["salary"] = amount
        self._table.put_item(Item=item)  # finding: mass-assignment
        return item
