# The article's second snippet. No route reaches it, so nothing is said of it.
import boto3
from fastapi import Depends

dynamodb = boto3.resource('dynamodb')
table = dynamodb.Table('profiles')

# Only return safe, non-sensitive fields
response = table.scan(
    FilterExpression='attribute_exists(public_name) AND NOT contains(attributes, :secret)',
    ExpressionAttributeValues={':secret': 'internal'},
    ProjectionExpression='id,public_name,created_at'
)
items = response.get('Items', [])
