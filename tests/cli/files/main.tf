# As people write them: variables, locals, several resources.
variable "stage" {
  type    = string
  default = "prod"
}

locals {
  prefix = "clinic"
  name   = "${local.prefix}-${var.stage}"
}

resource "aws_sqs_queue" "queue" {
  name = "queue-${var.stage}"
}

resource "aws_dynamodb_table" "sessions" {
  name         = "sessions-${var.stage}"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
}

resource "aws_dynamodb_table" "clinic" {
  name         = local.name
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "pk"
  range_key    = "sk"

  attribute {
    name = "pk"
    type = "S"
  }

  attribute {
    name = "sk"
    type = "S"
  }

  attribute {
    name = "gsi1pk"
    type = "S"
  }

  attribute {
    name = "gsi1sk"
    type = "S"
  }

  global_secondary_index {
    name               = "by_owner"
    projection_type    = "INCLUDE"
    non_key_attributes = ["name", "type", "until"]

    key_schema {
      attribute_name = "gsi1pk"
      key_type       = "HASH"
    }

    key_schema {
      attribute_name = "gsi1sk"
      key_type       = "RANGE"
    }
  }

  ttl {
    attribute_name = "until"
    enabled        = true
  }

  lifecycle {
    prevent_destroy = true
  }
}
