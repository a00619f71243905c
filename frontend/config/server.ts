// What the server is told by its environment: where people find it, its database, its secret, and how it sends mail. Read
// once at the start, which fails with the name of each variable that is missing or wrong and with the way out.
import { z } from 'zod';

export interface OAuthClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface ServerConfig {
  /** Where people find the front end; also the issuer of the tokens. */
  readonly origin: string;
  /** A developer's machine: sign-up works at once, links are written to the log, nobody stands in front. */
  readonly localStack: boolean;
  readonly databaseUrl: string;
  readonly secret: string;
  /** The `aud` of the tokens, as the services want it. */
  readonly audience: string;
  /** How many proxies in front add to `X-Forwarded-For`. */
  readonly proxies: number;
  readonly mail: { readonly url: string; readonly from: string } | null;
  readonly google: OAuthClient | null;
  readonly github: OAuthClient | null;
  /** Per network address. */
  readonly signInsPerMinute: number;
  readonly signUpsPerMinute: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment does not say what it must. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const SECRET = 'set it to 32 random characters or more, for instance those of: openssl rand -base64 32';

const WHOLE = 'set it to a whole number from 1 to 100000, or leave it out';
const perMinute = z.coerce.number(WHOLE).int(WHOLE).min(1, WHOLE).max(100_000, WHOLE).optional();

const Variables = z.object({
  FRONTEND_URL: z
    .url({
      protocol: /^https?$/,
      error: 'set it to the address where people find Taskwire, like https://tasks.example',
    })
    .refine(isOrigin, 'it must be scheme, host and port alone, like https://tasks.example'),
  LOCAL_STACK: z.enum(['true', 'false'], "set it to true on a developer's machine, else leave it out").default('false'),
  DATABASE_URL: z.url({
    protocol: /^postgres(ql)?$/,
    error: 'set it to postgres://taskwire_frontend:<password>@<host>/<database>',
  }),
  AUTH_SECRET: z.string(SECRET).min(32, SECRET),
  JWT_AUDIENCE: z.string().default('taskwire'),
  TRUSTED_PROXIES: z
    .string()
    .regex(/^\d$/, 'set it to the number of proxies in front that add to X-Forwarded-For, 0 to 9')
    .transform(Number)
    .optional(),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: 'set it to smtp://<user>:<password>@<host>:587, or to smtps://…:465' })
    .optional(),
  MAIL_FROM: z.string().optional(),
  GOOGLE_CLIENT_ID: z.string().optional(),
  GOOGLE_CLIENT_SECRET: z.string().optional(),
  GITHUB_CLIENT_ID: z.string().optional(),
  GITHUB_CLIENT_SECRET: z.string().optional(),
  SIGN_INS_PER_MINUTE: perMinute,
  SIGN_UPS_PER_MINUTE: perMinute,
});

type Variables = z.infer<typeof Variables>;

/** Throws a `ConfigError` with one line for each variable that is wrong. */
export function serverConfigFrom(env: Environment): ServerConfig {
  const parsed = Variables.safeParse(withoutEmpty(env));
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => line(String(issue.path[0]), issue.message)).join('\n'));
  }
  const wrong = contradictions(parsed.data);
  if (wrong.length > 0) {
    throw new ConfigError(wrong.map(([name, message]) => line(name, message)).join('\n'));
  }
  return toConfig(parsed.data);
}

/** What is wrong about variables together, by name. */
function contradictions(variables: Variables): [string, string][] {
  const wrong: [string, string][] = [];
  if (variables.LOCAL_STACK === 'false') {
    if (!variables.FRONTEND_URL.startsWith('https://')) {
      wrong.push(['FRONTEND_URL', 'it must begin with https://, or browsers do not keep the session']);
    }
    if (variables.SMTP_URL === undefined) {
      wrong.push([
        'SMTP_URL',
        'without mail nobody can confirm an address or get a new password; set it, and MAIL_FROM',
      ]);
    }
    if (variables.TRUSTED_PROXIES === undefined) {
      wrong.push(['TRUSTED_PROXIES', 'set it to the number of proxies in front, or nobody’s address is known']);
    }
  }
  if (variables.SMTP_URL !== undefined && variables.MAIL_FROM === undefined) {
    wrong.push(['MAIL_FROM', 'set it to the sender of mails, like Taskwire <tasks@tasks.example>']);
  }
  for (const provider of ['GOOGLE', 'GITHUB'] as const) {
    const [id, secret] = [`${provider}_CLIENT_ID`, `${provider}_CLIENT_SECRET`] as const;
    if ((variables[id] === undefined) !== (variables[secret] === undefined)) {
      wrong.push([variables[id] === undefined ? id : secret, `set both ${id} and ${secret}, or neither`]);
    }
  }
  return wrong;
}

function toConfig(variables: Variables): ServerConfig {
  const { SMTP_URL: url, MAIL_FROM: from } = variables;
  const localStack = variables.LOCAL_STACK === 'true';
  // On a developer's machine all are one address, and tests sign up many people.
  const [usualSignIns, usualSignUps] = localStack ? [10_000, 10_000] : [30, 10];
  return {
    origin: new URL(variables.FRONTEND_URL).origin,
    localStack,
    databaseUrl: variables.DATABASE_URL,
    secret: variables.AUTH_SECRET,
    audience: variables.JWT_AUDIENCE,
    proxies: variables.TRUSTED_PROXIES ?? 0,
    mail: url !== undefined && from !== undefined ? { url, from } : null,
    google: client(variables.GOOGLE_CLIENT_ID, variables.GOOGLE_CLIENT_SECRET),
    github: client(variables.GITHUB_CLIENT_ID, variables.GITHUB_CLIENT_SECRET),
    signInsPerMinute: variables.SIGN_INS_PER_MINUTE ?? usualSignIns,
    signUpsPerMinute: variables.SIGN_UPS_PER_MINUTE ?? usualSignUps,
  };
}

function client(clientId: string | undefined, clientSecret: string | undefined): OAuthClient | null {
  return clientId !== undefined && clientSecret !== undefined ? { clientId, clientSecret } : null;
}

/** An empty variable is how a deployment says that there is none. */
function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}

function isOrigin(address: string): boolean {
  const { origin, href } = new URL(address);
  return href === `${origin}/`;
}

function line(name: string, message: string): string {
  return `${name}: ${message}`;
}
