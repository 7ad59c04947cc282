import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import { type AddressInfo, connect, type Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { testCertificate, testKey } from './fixed-certificates.ts';

export interface StartedServer extends AsyncDisposable {
  readonly port: number;
  /** Every connection that was opened to it so far. */
  readonly connections: number;
}

/** A web server over TLS on 127.0.0.1, with the test certificate unless told. */
export async function startTlsServer(listener: RequestListener, options: ServerOptions = {}): Promise<StartedServer> {
  return await started(createHttpsServer({ key: testKey, cert: testCertificate, ...options }, listener));
}

/** Listens on 127.0.0.1; whatever is connected is destroyed at the end. */
export async function started(server: NetServer | Server): Promise<StartedServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // Clients of these tests break connections on purpose.
    socket.on('error', () => undefined);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

export interface StartedProxy extends StartedServer {
  /** What it was asked for by `CONNECT`, with the headers it saw. */
  readonly asked: { readonly target: string; readonly headers: IncomingMessage['headers'] }[];
  /** Everything that went through it to the other side, as bytes. */
  passed(): Buffer;
}

/** An HTTP proxy that answers `CONNECT`: with a tunnel, with another status, or (0) never. */
export async function startProxy({
  status = 200,
  isTls = false,
}: {
  readonly status?: number;
  readonly isTls?: boolean;
} = {}): Promise<StartedProxy> {
  const asked: StartedProxy['asked'] = [];
  const passed: Buffer[] = [];
  const server = isTls ? createHttpsServer({ key: testKey, cert: testCertificate }) : createHttpServer();
  server.on('connect', (request: IncomingMessage, client: Duplex) => {
    const target = request.url ?? '';
    asked.push({ target, headers: request.headers });
    client.on('error', () => undefined);
    if (status === 0) return;
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} No\r\ncontent-length: 2\r\n\r\nno`);
      return;
    }
    const [host = '', port = ''] = target.split(':');
    const upstream = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.on('data', (bytes: Buffer) => passed.push(bytes));
      client.pipe(upstream).pipe(client);
    });
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
  });
  const open = await started(server);
  return {
    port: open.port,
    get connections() {
      return open.connections;
    },
    asked,
    passed: () => Buffer.concat(passed),
    [Symbol.asyncDispose]: () => open[Symbol.asyncDispose](),
  };
}
