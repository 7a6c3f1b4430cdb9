"""Jobs may scan, and may see whole items: no route reaches them."""

import argparse
import json
import sys

import boto3

table = boto3.resource("dynamodb").Table("meters")


def every():
    args = {}
    while True:
        page = table.scan(**args)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        args["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def export(path: str) -> int:
    with open(path, "w") as out:
        for count, item in enumerate(every(), 1):
            out.write(json.dumps(item, default=str) + "\n")
    return count


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("path")
    parser.add_argument("--where")
    given = parser.parse_args()
    try:
        print(export(given.path), "written")
    except Exception as error:
        sys.exit(str(error))
    if given.where:
        print(table.scan(FilterExpression=given.where)["Count"])


if __name__ == "__main__":
    main()
