import type { AnyModel, Endpoint, Model } from '../assets/index.ts';
import { MillraceError, messageOf } from '../base/index.ts';
import type { Project } from '../graph/index.ts';

type Show<T> = { [K in keyof T]: T[K] };

/** The endpoints of a project by name. */
type EndpointsOf<Assets> = {
  [K in keyof Assets as Assets[K] extends Endpoint<infer Name, AnyModel, string>
    ? Name
    : never]: Assets[K] extends Endpoint<string, infer M, infer Item> ? { model: M; item: Item } : never;
};

/** What must be asked: the entity keys as text but for what is ranked, and the request's own fields. */
type AskOf<E> = E extends { model: infer M; item: infer Item }
  ? M extends Model<string, unknown, unknown, infer Key extends string, infer Request>
    ? Show<Record<Exclude<Key, Item>, string> & Request>
    : never
  : never;

/**
 * What is answered. Of true or false, `probability` is that of true, 0 to 1, and `decision` compares it with the version's threshold; of
 * several classes, `decision` is the most probable one, and `probability` its own.
 */
type AnswerOf<E> = E extends { model: infer M; item: infer Item }
  ? M extends Model<string, unknown, infer Target, string, unknown>
    ? Show<
        { id: string; version: string; model: string; asOf: string } & ([Item] extends ['']
          ? OwnAnswer<Exclude<Target, null>>
          : { ranked: Show<Record<Item & string, string> & { score: number }>[] })
      >
    : never
  : never;

/** By what is told: probabilities and classes, side by side, and the decision; or a value, which is the decision. */
type OwnAnswer<Target> = [Target] extends [boolean | string]
  ? {
      probability: number;
      probabilities: number[];
      classes: ([Target] extends [boolean] ? boolean : Target)[];
      decision: [Target] extends [boolean] ? boolean : Target;
    }
  : { value: number; probabilities: null; classes: null; decision: number };

// biome-ignore lint/suspicious/noExplicitAny: a project of whatever assets
export interface Client<P extends Project<any>> {
  /**
   * Asks an endpoint.
   * @throws MILL_CLIENT_REFUSED with the server's own words when it does not answer 200; MILL_CLIENT_UNREACHABLE when it does not answer.
   */
  predict<Name extends keyof EndpointsOf<P['assets']> & string>(
    endpoint: Name,
    ask: AskOf<EndpointsOf<P['assets']>[Name]>,
  ): Promise<AnswerOf<EndpointsOf<P['assets']>[Name]>>;
}

/**
 * A client that knows a project's endpoints by type alone: import the project with `import type`, and nothing of it is loaded.
 * @example
 * const mill = client<typeof project>('http://localhost:7070');
 * const { probability } = await mill.predict('screen', { card_id: 'c1', amount: 12 });
 */
// biome-ignore lint/suspicious/noExplicitAny: a project of whatever assets
export function client<P extends Project<any>>(url: string): Client<P> {
  const base = url.replace(/\/+$/, '');
  return Object.freeze({
    async predict(endpoint: string, ask: unknown) {
      const { status, text } = await post(`${base}/v1/predict/${encodeURIComponent(endpoint)}`, ask);
      const body = objectOf(text);
      if (status === 200 && body) return body;
      throw refused(endpoint, status, body);
    },
  }) as Client<P>;
}

/** The server's own words, or what stands there instead of them. */
function refused(endpoint: string, status: number, body: Record<string, unknown> | undefined): MillraceError {
  const { message, todo } = body ?? {};
  const said =
    typeof message === 'string'
      ? `: ${message}`
      : body === undefined
        ? ', but not with JSON: it is no Millrace server that answers there.'
        : ' without a message.';
  const again = status >= 500 || status === 429;
  return new MillraceError({
    code: 'MILL_CLIENT_REFUSED',
    message: `${endpoint} answered ${status}${said}`,
    todo: typeof todo === 'string' ? todo : again ? 'Ask again later.' : 'Check the address.',
    owner: status >= 400 && status < 500 ? 'project' : 'service',
    retry: again,
  });
}

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Not JSON: said by the caller.
  }
  return undefined;
}

/** Why fetch failed: its own message says only that it did. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: unknown } };
  if (typeof cause?.code === 'string') return cause.code;
  return messageOf(cause ?? error);
}

/** An answer to its end: one that breaks off is none. @throws MILL_CLIENT_UNREACHABLE */
async function post(url: string, body: unknown): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    throw new MillraceError(
      {
        code: 'MILL_CLIENT_UNREACHABLE',
        message: `${url} does not answer: ${reasonOf(error)}.`,
        todo: 'Start the server with `millrace serve`, or correct the address.',
        owner: 'service',
        retry: true,
      },
      { cause: error },
    );
  }
}
