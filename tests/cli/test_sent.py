"""Requests are told as they were sent, with every placeholder resolved."""

from __future__ import annotations

from discreet.cli.sent import Sent, sent


def test_placeholders_are_resolved_and_values_are_not() -> None:
    """A value that looks like a placeholder stays what it is."""
    payload = {
        "Key": {"pk": {"S": "#0"}},
        "UpdateExpression": "SET #0 = :0, #1.#10 = #1.#10 + :10 REMOVE #a",
        "ConditionExpression": "#0 = :1 AND contains(#a,:10)",
        "ExpressionAttributeNames": {"#0": ":0", "#1": "home", "#10": "number", "#a": "old"},
        "ExpressionAttributeValues": {":0": {"S": 'it is "#1"'}, ":1": {"NULL": True}, ":10": {"N": "7"}},
    }
    assert list(sent("UpdateItem", payload)) == [
        Sent(
            "UpdateItem",
            'pk = "#0"  SET :0 = "it is \\"#1\\"", home.number = home.number + 7 REMOVE old',
            ':0 = {"NULL": true} AND contains(old,7)',
        )
    ]


def test_a_transaction_is_told_action_by_action() -> None:
    """And that they belong together."""
    put = {"Item": {"pk": {"S": "a"}, "n": {"N": "1"}}, "ConditionExpression": "attribute_not_exists(#0)"}
    check = {"Key": {"pk": {"S": "b"}}, "ConditionExpression": "attribute_exists(#0)"}
    names = {"ExpressionAttributeNames": {"#0": "pk"}}
    payload = {"TransactItems": [{"Put": {**put, **names}}, {"ConditionCheck": {**check, **names}}]}
    assert list(sent("TransactWriteItems", payload)) == [
        Sent("TransactWriteItems", "2 actions, together or not at all"),
        Sent("  Put", 'pk = "a", n = 1', "attribute_not_exists(pk)"),
        Sent("  ConditionCheck", 'pk = "b"', "attribute_exists(pk)"),
    ]


def test_a_read_is_told_with_its_projection() -> None:
    """Which has no condition."""
    payload = {
        "Key": {"pk": {"S": "a"}},
        "ProjectionExpression": "#0,#1.#2",
        "ExpressionAttributeNames": {"#0": "pk", "#1": "a", "#2": "b"},
    }
    assert list(sent("GetItem", payload)) == [Sent("GetItem", 'pk = "a"  pk, a.b')]
