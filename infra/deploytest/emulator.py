"""Starts ministack with two things that its CloudFormation lacks (1.5.33).

AWS::Events::Archive is unknown to it, though its EventBridge has archives. And
Ref of an AWS::SecretsManager::Secret is the secret's ARN (CloudFormation template
reference), on which the authorizer's rights rest; ministack gives its name.
"""

import json

from ministack.app import main
from ministack.services import eventbridge
from ministack.services.cloudformation import provisioners

handlers = provisioners._RESOURCE_HANDLERS


def create_archive(logical_id, properties, stack):
    name = provisioners._physical_name(stack, logical_id, max_len=48)
    status, _, body = eventbridge._create_archive({
        "ArchiveName": name,
        "EventSourceArn": properties["SourceArn"],
        "EventPattern": json.dumps(properties["EventPattern"]),
        "RetentionDays": int(properties["RetentionDays"]),
    })
    if status != 200:
        raise ValueError(body)
    return name, {"ArchiveName": name, "Arn": json.loads(body)["ArchiveArn"]}


def delete_archive(name, properties):
    eventbridge._delete_archive({"ArchiveName": name})


def create_secret(logical_id, properties, stack):
    _, attributes = secret["create"](logical_id, properties, stack)
    return attributes["Id"], attributes


def delete_secret(arn, properties):
    name, _ = arn.rsplit(":", 1)[1].rsplit("-", 1)
    secret["delete"](name, properties)


secret = handlers["AWS::SecretsManager::Secret"]
handlers["AWS::SecretsManager::Secret"] = {"create": create_secret, "delete": delete_secret}
handlers["AWS::Events::Archive"] = {"create": create_archive, "delete": delete_archive}

main()
