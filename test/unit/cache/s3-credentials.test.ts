import { describe, expect, it, vi } from "vitest";
import { type AwsCredentials, S3Credentials } from "../../../src/cache/s3-credentials.ts";
import { s3Config } from "./configs.ts";

const keys = { ServerAddress: "s3.test", AccessKey: "access", SecretKey: "secret", SessionToken: "token" };
const own = { accessKeyId: "access", secretAccessKey: "secret", sessionToken: "token" };
const machine = { accessKeyId: "machine", secretAccessKey: "m" };

function credentialsOf(values: Readonly<Record<string, unknown>>, expiresAt = 3_600_000) {
  let time = 0;
  const assume = vi.fn<(role: string, policy: string) => Promise<AwsCredentials>>(async (role) => ({
    accessKeyId: role,
    secretAccessKey: "r",
    expiration: new Date(expiresAt),
  }));
  const sources = { ambient: async () => machine, assume, now: () => time };
  const credentials = new S3Credentials(s3Config(values), sources);
  return { credentials, assume, pass: (ms: number) => (time += ms) };
}

describe("credentials for S3", () => {
  it.each([
    [keys, own],
    [{ ...keys, ServerAddress: "" }, machine],
    [{ ...keys, SecretKey: "" }, machine],
    [{ ...keys, ServerAddress: "", AuthenticationType: "access-key" }, own],
    [{ ...keys, AuthenticationType: "IAM" }, machine],
  ])("follow from %j", async (values, expected) => {
    const { credentials } = credentialsOf(values);
    expect(await credentials.of("download", "a", "eu-west-1", 600)).toEqual(expected);
  });

  it("are none where AuthenticationType is unknown, or the machine has none", async () => {
    const { credentials } = credentialsOf({ AuthenticationType: "password" });
    await expect(credentials.of("download", "a", "", 1)).rejects.toMatchObject({ code: "CACHE_STORE_CONFIG" });
    const poor = new S3Credentials(s3Config(), {
      ambient: () => Promise.reject(new Error("nothing found")),
      assume: async () => machine,
      now: () => 0,
    });
    await expect(poor.of("download", "a", "", 1)).rejects.toThrow("no credentials for the bucket: nothing found");
  });

  it("of RoleARN are for one object and one way, and kept while they last for a transfer", async () => {
    const { credentials, assume, pass } = credentialsOf({ ...keys, RoleARN: "arn:role" });
    const ask = () => credentials.of("download", "runner/a", "eu-west-1", 600);
    expect((await Promise.all([ask(), ask()])).map(({ accessKeyId }) => accessKeyId)).toEqual(["arn:role", "arn:role"]);
    expect(assume).toHaveBeenCalledTimes(2);
    await ask();
    expect(assume).toHaveBeenCalledTimes(2);
    pass(3_100_000);
    await ask();
    expect(assume).toHaveBeenCalledTimes(3);
    expect(JSON.parse(assume.mock.calls[0]?.[1] ?? "")).toEqual({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: "arn:aws:s3:::caches/runner/a" }],
    });
  });

  it("of UploadRoleARN are for uploads only, and may take back what is unfinished", async () => {
    const { credentials, assume } = credentialsOf({
      ...keys,
      UploadRoleARN: "arn:up",
      ServerSideEncryption: "KMS",
      ServerSideEncryptionKeyID: "arn:key",
    });
    expect(await credentials.of("download", "a", "us-gov-west-1", 600)).toEqual(own);
    expect((await credentials.of("upload", "a", "us-gov-west-1", 600)).accessKeyId).toBe("arn:up");
    expect(JSON.parse(assume.mock.calls[0]?.[1] ?? "")).toMatchObject({
      Statement: [
        { Action: ["s3:PutObject", "s3:AbortMultipartUpload"], Resource: "arn:aws-us-gov:s3:::caches/a" },
        { Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: "arn:key" },
      ],
    });
  });

  it("of a role are asked for anew each time with DisableAssumeRoleCredentialsCaching", async () => {
    const { credentials, assume } = credentialsOf({ RoleARN: "r", DisableAssumeRoleCredentialsCaching: true });
    await credentials.of("download", "a", "", 60);
    await credentials.of("download", "a", "", 60);
    expect(assume).toHaveBeenCalledTimes(2);
  });

  it("of roles are asked for by no more at once than AssumeRoleMaxConcurrency says", async () => {
    const { credentials, assume } = credentialsOf({ RoleARN: "r", AssumeRoleMaxConcurrency: 2 });
    const answers = Array.from({ length: 3 }, () => Promise.withResolvers<AwsCredentials>());
    let asked = 0;
    assume.mockImplementation(() => (answers[asked++] as PromiseWithResolvers<AwsCredentials>).promise);
    const all = ["a", "b", "c"].map((object) => credentials.of("download", object, "", 60));
    await vi.waitFor(() => expect(asked).toBe(2));
    answers[0]?.resolve(machine);
    await all[0];
    await vi.waitFor(() => expect(asked).toBe(3));
    for (const { resolve } of answers) resolve(machine);
    await Promise.all(all);
  });
});
