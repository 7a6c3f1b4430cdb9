import boto3


class OrderRepository:
    def __init__(self):
        self.table = boto3.resource("dynamodb").Table("orders")

    def all(self):
        items = []
        page = self.table.scan()  # finding: scan-behind-route
        items.extend(page["Items"])
        while "LastEvaluatedKey" in page:
            page = self.table.scan(ExclusiveStartKey=page["LastEvaluatedKey"])  # arguable: scan-behind-route
            items.extend(page["Items"])
        return items

    def with_status(self, status, sort_by):
        response = self.table.query(  # finding: expression-injection, unvalidated-key
            IndexName="by_status",
            KeyConditionExpression=f"order_status = :s AND {sort_by} > :zero",
            ExpressionAttributeValues={":s": status, ":zero": ""},
        )
        return response["Items"]

    def find(self, order_id):
        return self.table.get_item(Key={"order_id": order_id}).get("Item")  # finding: unvalidated-key

    def update(self, order_id, values):
        sets = ", ".join(f"#{name} = :{name}" for name in values)
        response = self.table.update_item(  # finding: unvalidated-key, mass-assignment
            Key={"order_id": order_id},
            UpdateExpression="SET " + sets,
            ExpressionAttributeNames={f"#{name}": name for name in values},
            ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
            ReturnValues="ALL_NEW",
        )
        return response["Attributes"]
