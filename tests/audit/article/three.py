# The article's third snippet, with the table of its second. No route reaches it.
from .two import table

response = table.query(
    KeyConditionExpression='pk = :pkval AND sk BETWEEN :start AND :end',
    ExpressionAttributeValues={':pkval': 'user#123', ':start': 'profile#2024', ':end': 'profile#2025'},
    ProjectionExpression='sk,display_name,email'  # limit returned data
)
