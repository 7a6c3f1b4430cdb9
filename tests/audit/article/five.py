# The article's fifth snippet, with the table of its first. No route reaches it.
from .one import table

# Explicitly list allowed attributes
response = table.get_item(
    Key={'user_id': 'u123'},
    ProjectionExpression='user_id,email,profile_data.name,profile_data.locale'
)
