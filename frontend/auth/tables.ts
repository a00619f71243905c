// Where Better Auth finds its tables: with names as everywhere in this repository, see migrations/0001_auth.sql.

const CHANGED = { createdAt: 'created_at', updatedAt: 'updated_at' };

export const TABLES = {
  user: { fields: { emailVerified: 'email_verified', ...CHANGED } },
  session: {
    fields: {
      expiresAt: 'expires_at',
      ipAddress: 'ip_address',
      userAgent: 'user_agent',
      userId: 'user_id',
      ...CHANGED,
    },
  },
  account: {
    fields: {
      accountId: 'account_id',
      providerId: 'provider_id',
      userId: 'user_id',
      accessToken: 'access_token',
      refreshToken: 'refresh_token',
      idToken: 'id_token',
      accessTokenExpiresAt: 'access_token_expires_at',
      refreshTokenExpiresAt: 'refresh_token_expires_at',
      ...CHANGED,
    },
  },
  verification: { fields: { expiresAt: 'expires_at', ...CHANGED } },
  rateLimit: { modelName: 'rate_limit', fields: { lastRequest: 'last_request' } },
  jwks: {
    jwks: {
      fields: { publicKey: 'public_key', privateKey: 'private_key', createdAt: 'created_at', expiresAt: 'expires_at' },
    },
  },
};
