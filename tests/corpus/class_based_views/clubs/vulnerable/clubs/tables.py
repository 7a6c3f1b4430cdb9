import boto3


class Tables:
    """All tables by name; opened when first asked for."""

    def __getattr__(self, name):
        table = boto3.resource("dynamodb").Table(f"clubs-{name}")
        setattr(self, name, table)
        return table


tables = Tables()
