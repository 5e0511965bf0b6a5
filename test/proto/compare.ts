import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  type FileDescriptorProto,
} from '@bufbuild/protobuf/wkt';

/** Declarations of `ours` that `theirs` lacks or has differently, a line each, by full name, in any file. */
export function differences(
  generated: Iterable<FileDescriptorProto>,
  published: Iterable<FileDescriptorProto>,
): string[] {
  const envoy = declarations(published);
  const own = declarations(generated);
  return [
    ...[...own.messages].flatMap(([name, message]) =>
      messageDifferences(name, message, envoy.messages.get(name)),
    ),
    ...[...own.enums].flatMap(([name, ownEnum]) => enumDifferences(name, ownEnum, envoy.enums.get(name))),
  ];
}

interface Declarations {
  readonly messages: Map<string, DescriptorProto>;
  readonly enums: Map<string, EnumDescriptorProto>;
}

/** By full name, nested ones included. */
export function declarations(files: Iterable<FileDescriptorProto>): Declarations {
  const found: Declarations = { messages: new Map(), enums: new Map() };
  const add = (scope: string, messages: DescriptorProto[], enums: EnumDescriptorProto[]): void => {
    for (const message of messages) {
      const name = `${scope}.${message.name}`;
      found.messages.set(name, message);
      add(name, message.nestedType, message.enumType);
    }
    for (const item of enums) found.enums.set(`${scope}.${item.name}`, item);
  };
  for (const file of files) add(file.package, file.messageType, file.enumType);
  return found;
}

function messageDifferences(
  name: string,
  own: DescriptorProto,
  envoy: DescriptorProto | undefined,
): string[] {
  if (!envoy) return [`${name}: Envoy has no such message`];
  return own.field.flatMap((field) => {
    const path = `${name}.${field.name}`;
    const counterpart = envoy.field.find((candidate) => candidate.name === field.name);
    if (!counterpart) return [`${path}: Envoy has no such field`];
    const deprecated = counterpart.options?.deprecated ? [`${path}: deprecated in Envoy`] : [];
    return [...deprecated, ...fieldDifferences(path, traits(field, own), traits(counterpart, envoy))];
  });
}

function fieldDifferences(path: string, own: FieldTraits, envoy: FieldTraits): string[] {
  return fieldTraits
    .filter((trait) => own[trait] !== envoy[trait])
    .map((trait) => `${path}: ${trait} is ${own[trait]}, in Envoy ${envoy[trait]}`);
}

/** Traits that, with the name, decide the encoding as bytes and as JSON. */
const fieldTraits = ['number', 'type', 'label', 'oneof'] as const;

type FieldTraits = Readonly<Record<(typeof fieldTraits)[number], string>>;

function traits(field: FieldDescriptorProto, message: DescriptorProto): FieldTraits {
  const inOneof = Object.hasOwn(field, 'oneofIndex') && !field.proto3Optional;
  return {
    number: String(field.number),
    type: field.typeName || FieldDescriptorProto_Type[field.type].toLowerCase(),
    label: FieldDescriptorProto_Label[field.label].toLowerCase(),
    oneof: inOneof ? (message.oneofDecl[field.oneofIndex]?.name ?? '') : 'none',
  };
}

function enumDifferences(
  name: string,
  own: EnumDescriptorProto,
  envoy: EnumDescriptorProto | undefined,
): string[] {
  if (!envoy) return [`${name}: Envoy has no such enum`];
  return own.value.flatMap((value) => {
    const counterpart = envoy.value.find((candidate) => candidate.name === value.name);
    if (!counterpart) return [`${name}.${value.name}: Envoy has no such value`];
    if (counterpart.number === value.number) return [];
    return [`${name}.${value.name}: number is ${value.number}, in Envoy ${counterpart.number}`];
  });
}
