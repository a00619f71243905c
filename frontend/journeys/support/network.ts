// The network of one person: a proxy that everything of their browser goes through, and that can be cut. The browser's own
// offline mode leaves open sockets open; this one ends them, as a cable that is pulled does.
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export class Network {
  private readonly open = new Set<Duplex>();
  private isCut = false;

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => this.admit(socket));
    server.on('request', (ask: IncomingMessage, answer: ServerResponse) => this.forward(ask, answer));
    server.on('connect', (ask: IncomingMessage, client: Duplex, head: Buffer) => this.tunnel(ask, client, head));
  }

  static async start(): Promise<Network> {
    const server = createServer();
    const network = new Network(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return network;
  }

  get address(): string {
    // A server that listens on a port has this kind of address.
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Ends every connection, and lets none in until `mend`. */
  cut(): void {
    this.isCut = true;
    this.open.forEach((socket) => socket.destroy());
  }

  mend(): void {
    this.isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private admit(socket: Socket): void {
    if (this.isCut) socket.destroy();
    else this.keep(socket);
  }

  private keep(socket: Duplex): void {
    // A connection that is used once more is known.
    if (this.open.has(socket)) return;
    this.open.add(socket);
    socket.on('close', () => this.open.delete(socket));
    // The other end went away, or we cut it: nothing is to be done.
    socket.on('error', () => undefined);
  }

  /** Plain HTTP: the browser asks with the whole address. */
  private forward(ask: IncomingMessage, answer: ServerResponse): void {
    const { hostname, port, pathname, search } = new URL(ask.url ?? '');
    const options = { hostname, port, path: pathname + search, method: ask.method, headers: ask.headers };
    const onward = request(options, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.rawHeaders);
      reply.pipe(answer);
    });
    onward.on('socket', (socket) => this.keep(socket));
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    ask.pipe(onward);
  }

  /** WebSockets and TLS. */
  private tunnel(ask: IncomingMessage, client: Duplex, head: Buffer): void {
    const { hostname, port } = new URL(`http://${ask.url ?? ''}`);
    const onward = connect(Number(port === '' ? 80 : port), hostname, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.write(head);
      onward.pipe(client);
      client.pipe(onward);
    });
    this.keep(onward);
    onward.on('close', () => client.destroy());
    client.on('close', () => onward.destroy());
  }
}
