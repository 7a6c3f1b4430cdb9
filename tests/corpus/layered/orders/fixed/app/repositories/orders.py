import boto3
from boto3.dynamodb.conditions import Attr, Key


class OrderRepository:
    def __init__(self):
        self.table = boto3.resource("dynamodb").Table("orders")

    def of_owner(self, owner, status):
        items = []
        page = self.table.query(
            IndexName="by_owner",
            KeyConditionExpression=Key("owner_id").eq(owner),
            FilterExpression=Attr("order_status").eq(status),
            Limit=50,
        )
        items.extend(page["Items"])
        return items

    def find(self, order_id):
        return self.table.get_item(Key={"order_id": order_id}).get("Item")

    def update(self, order_id, owner, values):
        sets = ", ".join(f"#{name} = :{name}" for name in values)
        response = self.table.update_item(
            Key={"order_id": order_id},
            UpdateExpression="SET " + sets,
            ConditionExpression="owner_id = :owner",
            ExpressionAttributeNames={f"#{name}": name for name in values},
            ExpressionAttributeValues={":owner": owner, **{f":{name}": value for name, value in values.items()}},
            ReturnValues="ALL_NEW",
        )
        return response["Attributes"]
