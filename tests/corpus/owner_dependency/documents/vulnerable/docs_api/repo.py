import boto3


class Documents:
    def __init__(self):
        self.t = boto3.resource("dynamodb").Table("documents")

    def by_id(self, document_id):
        return self.t.get_item(Key={"document_id": document_id}).get("Item")

    def shared_with(self, team):
        return self.t.query(  # finding: unvalidated-key
            IndexName="by_team",
            KeyConditionExpression="team = :t",
            ExpressionAttributeValues={":t": team},
        )["Items"]

    def replace(self, document_id, fields):
        self.t.put_item(Item={"document_id": document_id} | fields)  # finding: mass-assignment

    def create(self, document):
        self.t.put_item(Item=document)


def documents() -> Documents:
    return Documents()
