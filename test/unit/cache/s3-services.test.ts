import { describe, expect, it } from "vitest";
import type { PlainCall } from "../../../src/cache/plain-call.ts";
import { assumeRole, detectRegion } from "../../../src/cache/s3-services.ts";
import { s3Config } from "./configs.ts";

const base = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret", sessionToken: "token" };
const credentials = { of: async () => base };

function answering(answer: string) {
  const asked: { url: string; headers: Readonly<Record<string, string>>; body: string }[] = [];
  const call: PlainCall = async ({ url, headers }, body) => {
    asked.push({ url: url.href, headers, body: Buffer.from(body ?? "").toString() });
    if (answer === "") throw new Error("AccessDenied");
    return answer;
  };
  return { call, asked };
}

describe("AssumeRole", () => {
  it("is asked of the region's token service, signed, for an hour and with the policy", async () => {
    const { call, asked } = answering(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
      <AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s+/=</SecretAccessKey>
      <SessionToken>t&amp;t</SessionToken><Expiration>2026-01-01T01:00:00Z</Expiration></Credentials></AssumeRoleResult>
      </AssumeRoleResponse>`);
    expect(await assumeRole(call, "arn:role", '{"Version":"1"}', "eu-west-1", base)).toEqual({
      accessKeyId: "ASIA",
      secretAccessKey: "s+/=",
      sessionToken: "t&t",
      expiration: new Date("2026-01-01T01:00:00Z"),
    });
    const [request] = asked;
    expect(request?.url).toBe("https://sts.eu-west-1.amazonaws.com/");
    expect(request?.headers["authorization"]).toContain("/eu-west-1/sts/aws4_request");
    expect(request?.headers["x-amz-security-token"]).toBe("token");
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toMatchObject({
      Action: "AssumeRole",
      RoleArn: "arn:role",
      Policy: '{"Version":"1"}',
      DurationSeconds: "3600",
    });
  });

  it("that gives nothing is an error", async () => {
    await expect(assumeRole(answering("<x/>").call, "arn:role", "{}", "cn-north-1", base)).rejects.toMatchObject({
      code: "CACHE_STORE",
    });
  });
});

describe("the region of a bucket", () => {
  it.each([
    ["<LocationConstraint>eu-central-1</LocationConstraint>", "eu-central-1", true],
    ['<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">EU</LocationConstraint>', "eu-west-1", true],
    ["<LocationConstraint/>", "us-east-1", true],
    ["", "us-east-1", false],
  ])("is what the store says (%s)", async (answer, region, isKnown) => {
    const { call, asked } = answering(answer);
    expect(await detectRegion(call, s3Config({ ServerAddress: "s3.test" }), credentials)).toEqual({ region, isKnown });
    expect(asked[0]?.url).toBe("https://s3.test/caches?location=");
  });
});
