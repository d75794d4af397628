"""Registers, pages, changes and reads a history, with the client that openapi-generator generates from openapi.yaml."""

import functools
import os
import time
import uuid

from memberships import (
    ApiClient,
    ApiException,
    Configuration,
    HistoryApi,
    MembershipChange,
    MembershipExists,
    MembershipsApi,
    Permissions,
    PermissionsChange,
    PreconditionFailed,
    PreconditionRequired,
    Registration,
    Scope,
)

user_id = int(os.environ["USER_ID"])
client = ApiClient(Configuration(
    host=os.environ["BASE_URL"],
    access_token=os.environ["ACCESS_TOKEN"],
    api_key={"session": os.environ["SESSION_TOKEN"]},
))
api = MembershipsApi(client)


def register(organization_id, scope):
    """Registers a membership without permissions."""
    registration = Registration(scope=scope, permissions=Permissions(group=0, manage=[], read=[]))
    try:
        created = api.register_user_organization(user_id, organization_id, registration, str(uuid.uuid4()))
        print(f"201 organization {created.data.organization_id}, scope {created.data.scope.value}")
    except ApiException as e:
        match e.data:
            case MembershipExists() as p:
                print(f"{p.status} {p.type}: organization {p.existing.organization_id}, scope {p.existing.scope.value}")
            case _:
                raise


def list_organizations():
    """Prints the user's organizations, two a page."""
    cursor = None
    while True:
        page = api.list_user_organizations(user_id, page_size=2, cursor=cursor)
        for m in page.data:
            print(f"200 page {page.pagination.page}: organization {m.organization_id}")
        cursor = page.pagination.next
        if cursor is None:
            return


def change(etag, wish, call=api.change_user_organization):
    """Repeats the change with the new ETag after a 412."""
    try:
        changed = call(user_id=user_id, organization_id=1, if_match=etag, membership_change=wish)
        print(f"200 scope {changed.data.scope.value}, {len(changed.data.permissions.read)} codes to read")
    except ApiException as e:
        match e.data:
            case PreconditionFailed() as p:
                print(f"{p.status} {p.type}: scope {p.existing.scope.value}")
                change(p.etag, wish, call)
            case PreconditionRequired() as p:
                print(f"{p.status} {p.type}")
            case _:
                raise


def history():
    """Prints the history once it is complete."""
    page = HistoryApi(client).list_user_organization_history(user_id, 1)
    while not page.complete:
        time.sleep(0.1)
        page = HistoryApi(client).list_user_organization_history(user_id, 1)
    for e in page.data:
        print(f"200 entry {e.sequence}: {e.type.value}")


for organization_id in 1, 2, 3:
    register(organization_id, Scope.Scope1)
register(3, Scope.Scope2)
list_organizations()
headers = api.get_user_organization_with_http_info(user_id, 1).headers
etag = next(value for name, value in headers.items() if name.lower() == "etag")
change(etag, MembershipChange(scope=Scope.Scope2))
change(etag, MembershipChange(permissions=PermissionsChange(read=[1, 2, 3])))

# The client itself refuses "*", except in this call, which skips its checks.
unchecked = functools.partial(MembershipsApi.change_user_organization.raw_function, api)
change("*", MembershipChange(scope=Scope.Scope1), unchecked)
history()
