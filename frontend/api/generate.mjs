// Writes the types of the services' OpenAPI documents to api/generated; with --check it compares only.
import { readFile, writeFile, mkdir } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';

const SERVICES = ['backend-api', 'notification-svc', 'audit-svc'];
// What has a default may be left out of a request.
const OPTIONS = { defaultNonNullable: false };
const here = new URL('./', import.meta.url);
const check = process.argv.includes('--check');

for (const service of SERVICES) {
  const document = new URL(`../../${service}/openapi.json`, here);
  const target = new URL(`generated/${service}.ts`, here);
  const types = `// Written by \`npm run api\` from ${service}/openapi.json.\n${astToString(await openapiTS(document, OPTIONS))}`;
  if (!check) {
    await mkdir(new URL('generated/', here), { recursive: true });
    await writeFile(target, types);
  } else if ((await readFile(target, 'utf8').catch(() => '')) !== types) {
    console.error(
      `frontend/api/generated/${service}.ts is not that of ${service}/openapi.json: run \`npm run api\` there`,
    );
    process.exitCode = 1;
  }
}
