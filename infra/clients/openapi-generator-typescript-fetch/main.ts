// Registers a user, pages through a list, changes a membership and reads its
// history, with the client that openapi-generator generates from openapi.yaml.
import { randomUUID } from "node:crypto";
import { env } from "node:process";
import { setTimeout } from "node:timers/promises";
import {
  Configuration,
  HistoryApi,
  MembershipExistsFromJSON,
  MembershipsApi,
  PreconditionFailedFromJSON,
  PreconditionRequiredFromJSON,
  ResponseError,
  Scope,
  type MembershipChange,
} from "./memberships/index.js";

const userId = Number(env.USER_ID);
const configuration = new Configuration({
  basePath: env.BASE_URL,
  accessToken: env.ACCESS_TOKEN,
  apiKey: env.SESSION_TOKEN,
});
const api = new MembershipsApi(configuration);
const histories = new HistoryApi(configuration);

// register registers a membership without permissions.
async function register(organizationId: number, scope: Scope) {
  try {
    const { data } = await api.registerUserOrganization({
      userId,
      organizationId,
      idempotencyKey: randomUUID(),
      registration: { scope, permissions: { group: 0, manage: [], read: [] } },
    });
    console.log(`201 organization ${data.organizationId}, scope ${data.scope}`);
  } catch (e) {
    if (!(e instanceof ResponseError) || e.response.status !== 409) throw e;
    const { status, type, existing } = MembershipExistsFromJSON(await e.response.json());
    console.log(`${status} ${type}: organization ${existing.organizationId}, scope ${existing.scope}`);
  }
}

// list prints the user's organizations, two a page.
async function list() {
  for (let cursor: string | undefined; ; ) {
    const { data, pagination } = await api.listUserOrganizations({ userId, pageSize: 2, cursor });
    for (const { organizationId } of data) {
      console.log(`200 page ${pagination.page}: organization ${organizationId}`);
    }
    if (pagination.next === null) return;
    cursor = pagination.next;
  }
}

// see returns the ETag of the membership in organization 1.
async function see() {
  const { raw } = await api.getUserOrganizationRaw({ userId, organizationId: 1 });
  return raw.headers.get("ETag") ?? "";
}

// change repeats the change with the new ETag after a 412.
async function change(ifMatch: string, membershipChange: MembershipChange): Promise<void> {
  try {
    const { data } = await api.changeUserOrganization({ userId, organizationId: 1, ifMatch, membershipChange });
    console.log(`200 scope ${data.scope}, ${data.permissions.read.length} codes to read`);
  } catch (e) {
    if (!(e instanceof ResponseError)) throw e;
    if (e.response.status === 412) {
      const { status, type, existing, etag } = PreconditionFailedFromJSON(await e.response.json());
      console.log(`${status} ${type}: scope ${existing.scope}`);
      await change(etag, membershipChange);
    } else if (e.response.status === 428) {
      const { status, type } = PreconditionRequiredFromJSON(await e.response.json());
      console.log(`${status} ${type}`);
    } else {
      throw e;
    }
  }
}

// history prints the history once it is complete.
async function history() {
  for (;;) {
    const { data, complete } = await histories.listUserOrganizationHistory({ userId, organizationId: 1 });
    if (complete) {
      for (const { sequence, type } of data) console.log(`200 entry ${sequence}: ${type}`);
      return;
    }
    await setTimeout(100);
  }
}

for (const organizationId of [1, 2, 3]) await register(organizationId, Scope.Scope1);
await register(3, Scope.Scope2);
await list();
const etag = await see();
await change(etag, { scope: Scope.Scope2 });
await change(etag, { permissions: { read: [1, 2, 3] } });
await change("*", { scope: Scope.Scope1 });
await history();
