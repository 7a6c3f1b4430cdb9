from boto3.dynamodb.conditions import Attr, Key


class InvoiceService:
    def __init__(self, table):
        self.table = table

    def find(self, number):
        response = self.table.get_item(Key={"number": number})  # finding: unvalidated-key
        return response.get("Item")

    def search(self, account, attribute, value):
        return self.table.query(  # finding: expression-injection
            IndexName="by_account",
            KeyConditionExpression=Key("account").eq(account),
            FilterExpression=Attr(attribute).eq(value),
        )["Items"]

    def delete(self, number):
        gone = self.table.delete_item(Key={"number": number}, ReturnValues="ALL_OLD")  # finding: unvalidated-key
        return gone.get("Attributes")

    def count(self):
        return self.table.scan(Select="COUNT")["Count"]  # finding: scan-behind-route
