import { randomInt } from 'node:crypto';

const manners =
  'able amber bold brisk calm clean clear crisp deep eager early even fair fine fleet fond glad grand hardy keen kind late lively lucid mellow mild neat nimble plain prime proud quick quiet rapid ready sharp sleek smart smooth sound stout sunny swift tidy warm wise'.split(
    ' ',
  );
const things =
  'alder ash auk badger beech birch bison brook carp cedar crane dipper dove eel elm finch fir ford fox gull hare hawk heron hazel ibis jay lark lynx marten mill newt oak otter owl perch pike pine plover quail raven reed robin rowan salmon sluice snipe stork swan tern trout weir willow wren'.split(
    ' ',
  );

/** A name for what was given none: `brisk-otter-417`. */
export function randomName(): string {
  return `${manners[randomInt(manners.length)]}-${things[randomInt(things.length)]}-${randomInt(1, 1000)}`;
}
