"""Registers, pages, changes and reads a history, with the client that openapi-python-client generates from openapi.yaml."""

import os
import time
import uuid

from memberships import AuthenticatedClient
from memberships.api.history import list_user_organization_history
from memberships.api.memberships import (
    change_user_organization,
    get_user_organization,
    list_user_organizations,
    register_user_organization,
)
from memberships.models import (
    HistoryPage,
    MembershipChange,
    MembershipData,
    MembershipExists,
    MembershipPage,
    Permissions,
    PermissionsChange,
    PreconditionFailed,
    PreconditionRequired,
    Registration,
    Scope,
)
from memberships.types import UNSET

user_id = int(os.environ["USER_ID"])
client = AuthenticatedClient(
    os.environ["BASE_URL"],
    token=os.environ["ACCESS_TOKEN"],
    headers={"x-session-token": os.environ["SESSION_TOKEN"]},
)


def register(organization_id, scope):
    """Registers a membership without permissions."""
    registration = Registration(scope=scope, permissions=Permissions(group=0, manage=[], read=[]))
    match register_user_organization.sync(
        user_id, organization_id, client=client, body=registration, idempotency_key=str(uuid.uuid4())
    ):
        case MembershipData(data=m):
            print(f"201 organization {m.organization_id}, scope {m.scope}")
        case MembershipExists(existing=m) as p:
            print(f"{p.status} {p.type_}: organization {m.organization_id}, scope {m.scope}")
        case other:
            raise RuntimeError(f"register: {other}")


def list_organizations():
    """Prints the user's organizations, two a page."""
    cursor = UNSET
    while cursor is not None:
        match list_user_organizations.sync(user_id, client=client, page_size=2, cursor=cursor):
            case MembershipPage() as page:
                for m in page.data:
                    print(f"200 page {page.pagination.page}: organization {m.organization_id}")
                cursor = page.pagination.next_
            case other:
                raise RuntimeError(f"list: {other}")


def change(etag, wish):
    """Repeats the change with the new ETag after a 412."""
    match change_user_organization.sync(user_id, 1, client=client, body=wish, if_match=etag):
        case MembershipData(data=m):
            print(f"200 scope {m.scope}, {len(m.permissions.read)} codes to read")
        case PreconditionFailed() as p:
            print(f"{p.status} {p.type_}: scope {p.existing.scope}")
            change(p.etag, wish)
        case PreconditionRequired() as p:
            print(f"{p.status} {p.type_}")
        case other:
            raise RuntimeError(f"change: {other}")


def history():
    """Prints the history once it is complete."""
    while True:
        match list_user_organization_history.sync(user_id, 1, client=client):
            case HistoryPage(complete=True) as page:
                for e in page.data:
                    print(f"200 entry {e.sequence}: {e.type_}")
                return
            case HistoryPage():
                time.sleep(0.1)
            case other:
                raise RuntimeError(f"history: {other}")


for organization_id in 1, 2, 3:
    register(organization_id, Scope.SCOPE_1)
register(3, Scope.SCOPE_2)
list_organizations()
etag = get_user_organization.sync_detailed(user_id, 1, client=client).headers["ETag"]
change(etag, MembershipChange(scope=Scope.SCOPE_2))
change(etag, MembershipChange(permissions=PermissionsChange(read=[1, 2, 3])))
change("*", MembershipChange(scope=Scope.SCOPE_1))
history()
