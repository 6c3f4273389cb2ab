package dev.parley.proto.contract;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import com.google.protobuf.DescriptorProtos.SourceCodeInfo.Location;
import dev.parley.proto.contract.LintRule.Element;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One .proto file with its comments, and all types that it declares, nested ones too. */
final class LintedFile {

  private final FileDescriptorProto proto;
  private final Map<List<Integer>, String> comments = new HashMap<>();
  private final List<Element<DescriptorProto>> messages = new ArrayList<>();
  private final List<Element<EnumDescriptorProto>> enums = new ArrayList<>();
  private final List<Element<ServiceDescriptorProto>> services = new ArrayList<>();

  LintedFile(FileDescriptorProto proto) {
    this.proto = proto;
    for (Location location : proto.getSourceCodeInfo().getLocationList()) {
      comments.put(location.getPathList(), location.getLeadingComments().strip());
    }
    for (int i = 0; i < proto.getMessageTypeCount(); i++) {
      List<Integer> path = List.of(FileDescriptorProto.MESSAGE_TYPE_FIELD_NUMBER, i);
      collect(new Element<>(proto.getMessageType(i), path));
    }
    for (int i = 0; i < proto.getEnumTypeCount(); i++) {
      List<Integer> path = List.of(FileDescriptorProto.ENUM_TYPE_FIELD_NUMBER, i);
      enums.add(new Element<>(proto.getEnumType(i), path));
    }
    for (int i = 0; i < proto.getServiceCount(); i++) {
      List<Integer> path = List.of(FileDescriptorProto.SERVICE_FIELD_NUMBER, i);
      services.add(new Element<>(proto.getService(i), path));
    }
  }

  private void collect(Element<DescriptorProto> message) {
    // The entries of a map field are a message that nobody wrote.
    if (message.value().getOptions().getMapEntry()) {
      return;
    }
    messages.add(message);
    for (int i = 0; i < message.value().getNestedTypeCount(); i++) {
      List<Integer> path = below(message.path(), DescriptorProto.NESTED_TYPE_FIELD_NUMBER, i);
      collect(new Element<>(message.value().getNestedType(i), path));
    }
    for (int i = 0; i < message.value().getEnumTypeCount(); i++) {
      List<Integer> path = below(message.path(), DescriptorProto.ENUM_TYPE_FIELD_NUMBER, i);
      enums.add(new Element<>(message.value().getEnumType(i), path));
    }
  }

  private static List<Integer> below(List<Integer> path, int kind, int index) {
    List<Integer> longer = new ArrayList<>(path);
    longer.add(kind);
    longer.add(index);
    return longer;
  }

  FileDescriptorProto proto() {
    return proto;
  }

  List<Element<DescriptorProto>> messages() {
    return messages;
  }

  List<Element<EnumDescriptorProto>> enums() {
    return enums;
  }

  List<Element<ServiceDescriptorProto>> services() {
    return services;
  }

  /** Reports the named parts of an element that have no comment. */
  void requireComments(
      String owner, Element<?> element, int kind, List<String> names, List<String> report) {
    for (int i = 0; i < names.size(); i++) {
      // A field marked optional brings a oneof that nobody wrote.
      if (!names.get(i).startsWith("_")) {
        requireComment(owner + "." + names.get(i), below(element.path(), kind, i), report);
      }
    }
  }

  /** Reports an element that has no comment, or one that is not a sentence. */
  void requireComment(String name, List<Integer> path, List<String> report) {
    String comment = comments.getOrDefault(path, "");
    if (comment.isEmpty()) {
      report.add(name + " has no comment above it");
    } else if (!comment.endsWith(".") && !comment.endsWith("…")) {
      report.add("the comment of " + name + " should end with a full stop");
    }
  }
}
