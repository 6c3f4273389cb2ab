package dev.parley.proto.contract;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What would stop an older reader from understanding a newer writer, or the other way round, in
 * protobuf's binary form or in JSON (buf's category WIRE_JSON). Things may be added. What is taken
 * away must leave its number and its name reserved.
 */
final class WireChanges {

  private final Types before;
  private final Types after;
  private final List<String> breaking = new ArrayList<>();

  private WireChanges(FileDescriptorSet before, FileDescriptorSet after) {
    this.before = new Types(before);
    this.after = new Types(after);
  }

  /** Returns one sentence per breaking change. */
  static List<String> breaking(FileDescriptorSet before, FileDescriptorSet after) {
    WireChanges changes = new WireChanges(before, after);
    changes.compareMessages();
    changes.compareEnums();
    changes.compareServices();
    return changes.breaking;
  }

  /** Returns what the newer set has and the older one does not. */
  static List<String> added(FileDescriptorSet before, FileDescriptorSet after) {
    List<String> added = new ArrayList<>(new Types(after).names());
    added.removeAll(new Types(before).names());
    return added;
  }

  private void compareMessages() {
    before.messages.forEach(
        (name, old) ->
            find(after.messages, "message", name).ifPresent(now -> compareFields(name, old, now)));
  }

  private void compareFields(String message, DescriptorProto old, DescriptorProto now) {
    for (FieldDescriptorProto field : old.getFieldList()) {
      String name = message + "." + field.getName();
      Optional<FieldDescriptorProto> kept =
          now.getFieldList().stream().filter(f -> f.getNumber() == field.getNumber()).findFirst();
      if (kept.isPresent()) {
        compare(name, "name", field, kept.get(), FieldDescriptorProto::getName);
        compare(name, "JSON name", field, kept.get(), FieldDescriptorProto::getJsonName);
        compare(name, "type", field, kept.get(), WireChanges::type);
        compare(name, "cardinality", field, kept.get(), WireChanges::cardinality);
        compare(name, "oneof", old, now, m -> oneof(m, field.getNumber()));
      } else if (!reservesNumber(now, field.getNumber())) {
        breaking.add(name + " is gone, and its number " + field.getNumber() + " is not reserved");
      } else if (!now.getReservedNameList().contains(field.getName())) {
        breaking.add(name + " is gone, and its name is not reserved");
      }
    }
  }

  private static String type(FieldDescriptorProto field) {
    return field.hasTypeName() ? field.getTypeName() : field.getType().name();
  }

  private static String cardinality(FieldDescriptorProto field) {
    return field.getLabel() + (field.getProto3Optional() ? " with presence" : "");
  }

  private static String oneof(DescriptorProto message, int number) {
    return message.getFieldList().stream()
        .filter(field -> field.getNumber() == number && field.hasOneofIndex())
        .map(field -> message.getOneofDecl(field.getOneofIndex()).getName())
        .collect(Collectors.joining());
  }

  private static boolean reservesNumber(DescriptorProto message, int number) {
    return message.getReservedRangeList().stream()
        .anyMatch(range -> range.getStart() <= number && number < range.getEnd());
  }

  private void compareEnums() {
    before.enums.forEach(
        (name, old) ->
            find(after.enums, "enum", name).ifPresent(now -> compareValues(name, old, now)));
  }

  private void compareValues(String name, EnumDescriptorProto old, EnumDescriptorProto now) {
    for (EnumValueDescriptorProto value : old.getValueList()) {
      Optional<EnumValueDescriptorProto> kept =
          now.getValueList().stream().filter(v -> v.getNumber() == value.getNumber()).findFirst();
      if (kept.isPresent()) {
        compare(
            name + " " + value.getNumber(),
            "name",
            value,
            kept.get(),
            EnumValueDescriptorProto::getName);
      } else if (now.getReservedRangeList().stream()
          .noneMatch(r -> r.getStart() <= value.getNumber() && value.getNumber() <= r.getEnd())) {
        breaking.add(value.getName() + " is gone, and its number is not reserved");
      } else if (!now.getReservedNameList().contains(value.getName())) {
        breaking.add(value.getName() + " is gone, and its name is not reserved");
      }
    }
  }

  private void compareServices() {
    before.methods.forEach(
        (name, old) ->
            find(after.methods, "method", name)
                .ifPresent(
                    now -> {
                      compare(name, "request", old, now, MethodDescriptorProto::getInputType);
                      compare(name, "response", old, now, MethodDescriptorProto::getOutputType);
                      compare(name, "streaming", old, now, WireChanges::streaming);
                    }));
  }

  private static String streaming(MethodDescriptorProto method) {
    return "client " + method.getClientStreaming() + ", server " + method.getServerStreaming();
  }

  private <T> Optional<T> find(Map<String, T> types, String kind, String name) {
    if (!types.containsKey(name)) {
      breaking.add(kind + " " + name + " is gone");
    }
    return Optional.ofNullable(types.get(name));
  }

  private <T> void compare(String name, String what, T old, T now, Function<T, String> property) {
    String found = property.apply(now);
    String expected = property.apply(old);
    if (!found.equals(expected)) {
      breaking.add("%s: its %s was \"%s\", now \"%s\"".formatted(name, what, expected, found));
    }
  }

  /** All types of a set by their full names. */
  private static final class Types {

    private final Map<String, DescriptorProto> messages = new TreeMap<>();
    private final Map<String, EnumDescriptorProto> enums = new TreeMap<>();
    private final Map<String, MethodDescriptorProto> methods = new TreeMap<>();

    Types(FileDescriptorSet set) {
      for (FileDescriptorProto file : set.getFileList()) {
        String scope = file.getPackage() + ".";
        file.getMessageTypeList().forEach(message -> collect(scope, message));
        file.getEnumTypeList().forEach(type -> enums.put(scope + type.getName(), type));
        for (ServiceDescriptorProto service : file.getServiceList()) {
          for (MethodDescriptorProto method : service.getMethodList()) {
            methods.put(scope + service.getName() + "." + method.getName(), method);
          }
        }
      }
    }

    private void collect(String scope, DescriptorProto message) {
      String name = scope + message.getName();
      messages.put(name, message);
      message.getNestedTypeList().forEach(nested -> collect(name + ".", nested));
      message.getEnumTypeList().forEach(type -> enums.put(name + "." + type.getName(), type));
    }

    List<String> names() {
      List<String> names = new ArrayList<>(methods.keySet());
      messages.forEach(
          (name, message) -> {
            names.add(name);
            message.getFieldList().forEach(field -> names.add(name + "." + field.getName()));
          });
      enums.forEach(
          (name, type) -> {
            names.add(name);
            type.getValueList().forEach(value -> names.add(name + "." + value.getName()));
          });
      return names;
    }
  }
}
