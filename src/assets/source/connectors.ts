import { bug } from '../../base/index.ts';
import type { ConnectorPort } from './connector.port.ts';
import { filesConnector } from './files/connector.ts';
import { httpConnector } from './http/connector.ts';
import { postgresConnector } from './postgres/connector.ts';
import type { ConnectorSpec } from './spec.ts';
import { streamConnector } from './stream/connector.ts';

const connectors = new Map<string, ConnectorPort<ConnectorSpec>>(
  [filesConnector, postgresConnector, httpConnector, streamConnector].map((connector) => [
    connector.connector,
    connector as ConnectorPort<ConnectorSpec>,
  ]),
);

/** The connector that a source is declared with. */
export function connectorOf(spec: ConnectorSpec): ConnectorPort<ConnectorSpec> {
  const found = connectors.get(spec.connector);
  if (found === undefined) throw bug(`There is no connector '${spec.connector}'.`);
  return found;
}
