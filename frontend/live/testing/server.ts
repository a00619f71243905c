// A model of the services for property tests: versions, positions, epochs, If-Match, idempotency keys, ids of clients and
// tombstones as the real ones have them, in memory. It answers the requests that the queue makes.
import type { Told } from '../entity';
import type { Fields } from '../entity';
import type { Page, StreamEvent } from '../confirmed';
import type { Answer } from '../outcome';
import type { ApiRequest } from '../request';

type ModelKind = 'task' | 'tag' | 'project';

interface Row {
  readonly kind: ModelKind;
  readonly deleted: boolean;
  readonly body: Fields & { readonly id: string; readonly version: number; readonly position: number };
}

interface Tables {
  readonly rows: ReadonlyMap<string, Row>;
  readonly keys: ReadonlyMap<string, Answer>;
  /** First answers to creates with a client's id, and what was asked for. */
  readonly ids: ReadonlyMap<string, { readonly asked: string; readonly answer: Answer }>;
  readonly position: number;
}

const KIND: Readonly<Record<string, ModelKind>> = { tasks: 'task', tags: 'tag', projects: 'project' };
const STATUS: Readonly<Record<string, string>> = { complete: 'done', skip: 'skipped', reopen: 'open' };

export class ModelServer {
  epoch = 1;
  /** What changed, in order, as sockets get it. */
  events: StreamEvent[] = [];
  /** Every text that was ever stored, and every task that was ever done. */
  readonly stored = new Set<string>();
  readonly done = new Set<string>();
  private floor = 0;
  private tables: Tables = { rows: new Map(), keys: new Map(), ids: new Map(), position: 0 };
  private snapshots: Tables[] = [];
  private made = 0;

  get position(): number {
    return this.tables.position;
  }

  alive(kind: ModelKind): ReadonlyMap<string, Fields> {
    const rows = [...this.tables.rows.values()].filter((row) => row.kind === kind && !row.deleted);
    return new Map(rows.map((row) => [row.body.id, row.body]));
  }

  /** Carries a request out, once for each key. */
  serve(request: ApiRequest): Answer {
    const key = request.headers['Idempotency-Key'] ?? '';
    const known = this.tables.keys.get(key);
    if (known !== undefined) {
      return known;
    }
    const before = this.tables;
    const answer = this.carryOut(request);
    if (answer.is === 'problem') {
      this.tables = before;
    } else {
      this.tables = { ...this.tables, keys: new Map([...this.tables.keys, [key, answer]]) };
    }
    return answer;
  }

  /** More than 24 hours pass. */
  forgetKeys(): void {
    this.tables = { ...this.tables, keys: new Map() };
  }

  /** Tombstones are purged: positions below this one are answered by everything. */
  purge(): void {
    this.floor = this.position;
  }

  /** Another server takes over; what was written is there. */
  fail(): void {
    this.epoch += 1;
    this.events = [];
  }

  keep(): void {
    this.snapshots.push(this.tables);
  }

  /** The database is restored to what it was: what was acknowledged since is lost. */
  restore(): boolean {
    const kept = this.snapshots.pop();
    if (kept === undefined) {
      return false;
    }
    this.tables = kept;
    this.fail();
    return true;
  }

  page(cursor: { readonly epoch: number; readonly after: number; readonly started: number } | null, limit: number) {
    const reaches = cursor?.epoch === this.epoch && cursor.started >= this.floor && cursor.after <= this.position;
    const from = reaches ? cursor : { epoch: this.epoch, after: 0, started: this.position };
    const rows = [...this.tables.rows.values()]
      .filter(({ body }) => body.position > from.after)
      .sort((a, b) => a.body.position - b.body.position);
    const [items, rest] = [rows.slice(0, limit), rows.slice(limit)];
    const position = rest.length > 0 ? (items.at(-1)?.body.position ?? 0) : this.position;
    const page: Page = {
      at: { epoch: this.epoch, position },
      isFull: !reaches,
      items: items.map(({ kind, body, deleted }) => ({
        ...told(kind, body, deleted),
        ...(deleted ? { body: null } : {}),
      })),
    };
    return { page, next: rest.length > 0 ? { ...from, after: position } : null };
  }

  private carryOut(request: ApiRequest): Answer {
    const [, , collection = '', id, verb] = request.path.replace(/\?.*/, '').split('/');
    const kind = KIND[collection] ?? 'task';
    if (id === undefined) {
      return this.create(kind, request.body ?? {});
    }
    const row = this.tables.rows.get(id);
    if (row === undefined || row.kind !== kind || (row.deleted && verb !== 'restore')) {
      return problem(404, 'not-found');
    }
    const ifMatch = request.headers['If-Match'];
    if (ifMatch !== undefined && ifMatch !== `"${row.body.version}"`) {
      return problem(412, 'version-mismatch', { current: row.body, current_version: row.body.version });
    }
    return this.change(row, request.method, verb, request.body ?? {});
  }

  private create(kind: ModelKind, asked: Fields): Answer {
    const known = typeof asked.id === 'string' ? this.tables.ids.get(asked.id) : undefined;
    if (known !== undefined) {
      return known.asked === JSON.stringify(asked) ? known.answer : problem(409, 'id-taken');
    }
    const namesake = kind === 'task' ? undefined : this.namesake(kind, asked.name, null);
    if (namesake !== undefined) {
      return problem(409, `${kind}-exists`, { [`${kind}_id`]: namesake.body.id });
    }
    if (!this.knows('project', asked.project_id)) {
      return problem(422, 'validation');
    }
    this.made += 1;
    const id = typeof asked.id === 'string' ? asked.id : `server-${this.made}`;
    const answer = this.write(kind, { ...blank(kind), ...asked, id, version: 0, position: 0 }, false);
    if (typeof asked.id === 'string') {
      const ids = new Map([...this.tables.ids, [id, { asked: JSON.stringify(asked), answer }] as const]);
      this.tables = { ...this.tables, ids };
    }
    return answer;
  }

  private change(row: Row, method: string, verb: string | undefined, body: Fields): Answer {
    if (method === 'DELETE') {
      this.deleteTasksOf(row);
      return this.write(row.kind, row.body, true);
    }
    if (verb === 'restore') {
      return row.deleted ? this.write(row.kind, row.body, false) : same(row);
    }
    const status = STATUS[verb ?? ''];
    if (status !== undefined) {
      const isOtherwise = status !== 'open' && row.body.status !== 'open' && row.body.status !== status;
      return isOtherwise ? problem(409, 'not-open') : this.patch(row, { status });
    }
    if (verb === 'move') {
      return this.patch(row, { order_key: `${String(Object.values(body)[0])}|${this.position}` });
    }
    if (row.kind !== 'task' && this.namesake(row.kind, body.name, row.body.id) !== undefined) {
      return problem(409, `${row.kind}-exists`);
    }
    return this.knows('project', body.project_id) ? this.patch(row, body) : problem(422, 'validation');
  }

  /** A project is deleted with its tasks. */
  private deleteTasksOf({ body: { id } }: Row): void {
    for (const row of this.tables.rows.values()) {
      if (row.kind === 'task' && !row.deleted && row.body.project_id === id) {
        this.write('task', row.body, true);
      }
    }
  }

  private patch(row: Row, patch: Fields): Answer {
    const after = { ...row.body, ...patch };
    return JSON.stringify(after) === JSON.stringify(row.body) ? same(row) : this.write(row.kind, after, false);
  }

  private write(kind: ModelKind, before: Row['body'], deleted: boolean): Answer {
    const position = this.position + 1;
    const body = { ...before, version: before.version + 1, position };
    this.tables = {
      ...this.tables,
      position,
      rows: new Map([...this.tables.rows, [body.id, { kind, deleted, body }]]),
    };
    const at = { epoch: this.epoch, position };
    this.events.push({ stream: 'tasks', at, isRefresh: false, told: told(kind, body, deleted) });
    this.remember(body);
    return { is: 'body', body: deleted ? null : body, version: body.version, position };
  }

  private remember(body: Row['body'] & Fields): void {
    [body.title, body.name, body.priority].forEach((text) => this.stored.add(String(text)));
    if (body.status === 'done') {
      this.done.add(body.id);
    }
  }

  private namesake(kind: ModelKind, name: unknown, but: string | null): Row | undefined {
    return [...this.tables.rows.values()].find(
      (row) => row.kind === kind && !row.deleted && row.body.name === name && row.body.id !== but,
    );
  }

  private knows(kind: ModelKind, id: unknown): boolean {
    const row = typeof id === 'string' ? this.tables.rows.get(id) : undefined;
    return typeof id !== 'string' || (row?.kind === kind && !row.deleted);
  }
}

function told(kind: ModelKind, body: Row['body'], deleted: boolean): Told {
  // The model has only the fields that tests change.
  return {
    kind,
    id: body.id,
    version: body.version,
    position: body.position,
    deleted,
    body: body as unknown as Told['body'],
  };
}

function blank(kind: ModelKind): Fields {
  return kind === 'task' ? { status: 'open', priority: 'normal', project_id: null, order_key: '' } : {};
}

function same(row: Row): Answer {
  return { is: 'body', body: row.body, version: row.body.version, position: row.body.position };
}

function problem(status: number, name: string, more: Fields = {}): Answer {
  const said = { type: `urn:taskwire:problem:${name}`, title: name, status, ...more };
  return { is: 'problem', problem: said, retryAfterMs: null };
}
