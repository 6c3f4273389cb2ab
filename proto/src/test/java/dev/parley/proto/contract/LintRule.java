package dev.parley.proto.contract;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.OneofDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;

/** The rules of buf's categories STANDARD and COMMENTS that say something about this contract. */
enum LintRule {
  /** The directory of a file is its package with slashes. */
  PACKAGE_IS_ITS_DIRECTORY(
      (file, report) -> {
        String expected = file.proto().getPackage().replace('.', '/');
        String name = file.proto().getName();
        if (!name.substring(0, Math.max(0, name.lastIndexOf('/'))).equals(expected)) {
          report.add("package " + file.proto().getPackage() + " belongs in directory " + expected);
        }
      }),
  /** A package ends with its version. */
  PACKAGE_ENDS_WITH_A_VERSION(
      (file, report) -> {
        if (!file.proto().getPackage().matches("[a-z0-9_.]+\\.v[1-9][0-9]*")) {
          report.add("package " + file.proto().getPackage() + " should end with .v1");
        }
      }),
  /** Java classes are top-level and lie in dev.parley.proto. */
  JAVA_PACKAGE_FOLLOWS_THE_PACKAGE(
      (file, report) -> {
        String expected = file.proto().getPackage().replaceFirst("^parley\\.", "dev.parley.proto.");
        if (!file.proto().getOptions().getJavaPackage().equals(expected)) {
          report.add("java_package should be " + expected);
        }
        if (!file.proto().getOptions().getJavaMultipleFiles()) {
          report.add("java_multiple_files should be true");
        }
      }),
  /** The syntax is proto3. */
  SYNTAX_IS_PROTO3(
      (file, report) -> {
        if (!file.proto().getSyntax().equals("proto3")) {
          report.add("syntax should be proto3");
        }
      }),
  /** File names are lower_snake_case. */
  FILE_IS_SNAKE_CASE(
      (file, report) -> {
        String name = file.proto().getName();
        if (!isSnakeCase(name.substring(name.lastIndexOf('/') + 1, name.length() - 6))) {
          report.add("the file's name should be lower_snake_case");
        }
      }),
  /** Imports are neither public nor weak. */
  IMPORTS_ARE_PLAIN(
      (file, report) -> {
        if (file.proto().getPublicDependencyCount() + file.proto().getWeakDependencyCount() > 0) {
          report.add("imports should be neither public nor weak");
        }
      }),
  /** Messages, enums, services and methods are UpperCamelCase. */
  TYPES_ARE_CAMEL_CASE(
      (file, report) -> {
        file.messages().forEach(m -> requireCamelCase(m.value().getName(), report));
        file.enums().forEach(e -> requireCamelCase(e.value().getName(), report));
        for (ServiceDescriptorProto service : file.proto().getServiceList()) {
          requireCamelCase(service.getName(), report);
          service.getMethodList().forEach(method -> requireCamelCase(method.getName(), report));
        }
      }),
  /** Fields and oneofs are lower_snake_case. */
  FIELDS_ARE_SNAKE_CASE(
      (file, report) ->
          file.messages()
              .forEach(
                  message -> {
                    message
                        .value()
                        .getFieldList()
                        .forEach(field -> requireSnakeCase(field.getName(), report));
                    message.value().getOneofDeclList().stream()
                        .filter(oneof -> !oneof.getName().startsWith("_"))
                        .forEach(oneof -> requireSnakeCase(oneof.getName(), report));
                  })),
  /** Enum values are UPPER_SNAKE_CASE and begin with the enum's name. */
  ENUM_VALUES_BEGIN_WITH_THE_ENUM(
      (file, report) ->
          file.enums()
              .forEach(
                  declared -> {
                    String prefix = upperSnakeCase(declared.value().getName()) + "_";
                    for (EnumValueDescriptorProto value : declared.value().getValueList()) {
                      if (!value.getName().matches(prefix + "[A-Z0-9]+(_[A-Z0-9]+)*")) {
                        report.add(value.getName() + " should begin with " + prefix);
                      }
                    }
                  })),
  /** Zero is _UNSPECIFIED, and no number has two names. */
  ENUMS_START_UNSPECIFIED(
      (file, report) ->
          file.enums()
              .forEach(
                  declared -> {
                    EnumDescriptorProto proto = declared.value();
                    EnumValueDescriptorProto first = proto.getValue(0);
                    if (first.getNumber() != 0 || !first.getName().endsWith("_UNSPECIFIED")) {
                      report.add(first.getName() + " should be 0 and end with _UNSPECIFIED");
                    }
                    if (proto.getOptions().getAllowAlias()) {
                      report.add(proto.getName() + " should give no number two names");
                    }
                  })),
  /** A service's name ends with Service. */
  SERVICES_END_WITH_SERVICE(
      (file, report) -> {
        for (ServiceDescriptorProto service : file.proto().getServiceList()) {
          if (!service.getName().endsWith("Service")) {
            report.add(service.getName() + " should end with Service");
          }
        }
      }),
  /** A method has messages of its own, named after it. */
  METHODS_OWN_THEIR_MESSAGES(
      (file, report) -> {
        for (ServiceDescriptorProto service : file.proto().getServiceList()) {
          for (MethodDescriptorProto method : service.getMethodList()) {
            requireName(method, method.getInputType(), "Request", report);
            requireName(method, method.getOutputType(), "Response", report);
          }
        }
      }),
  /** Every type, field, value, oneof, service and method has a comment that ends a sentence. */
  EVERYTHING_HAS_A_COMMENT(
      (file, report) -> {
        for (Element<DescriptorProto> message : file.messages()) {
          String name = message.value().getName();
          file.requireComment(name, message.path(), report);
          file.requireComments(
              name, message, DescriptorProto.FIELD_FIELD_NUMBER, fieldNames(message), report);
          file.requireComments(
              name, message, DescriptorProto.ONEOF_DECL_FIELD_NUMBER, oneofNames(message), report);
        }
        for (Element<EnumDescriptorProto> declared : file.enums()) {
          String name = declared.value().getName();
          file.requireComment(name, declared.path(), report);
          List<String> values =
              declared.value().getValueList().stream()
                  .map(EnumValueDescriptorProto::getName)
                  .toList();
          file.requireComments(
              name, declared, EnumDescriptorProto.VALUE_FIELD_NUMBER, values, report);
        }
        for (Element<ServiceDescriptorProto> service : file.services()) {
          String name = service.value().getName();
          file.requireComment(name, service.path(), report);
          List<String> methods =
              service.value().getMethodList().stream().map(MethodDescriptorProto::getName).toList();
          file.requireComments(
              name, service, ServiceDescriptorProto.METHOD_FIELD_NUMBER, methods, report);
        }
      });

  private final BiConsumer<LintedFile, List<String>> check;

  LintRule(BiConsumer<LintedFile, List<String>> check) {
    this.check = check;
  }

  /**
   * Looks for violations.
   *
   * @param files descriptors with source information
   * @return one sentence per violation, with the file's name
   */
  List<String> violations(FileDescriptorSet files) {
    List<String> violations = new ArrayList<>();
    for (FileDescriptorProto proto : files.getFileList()) {
      List<String> inFile = new ArrayList<>();
      check.accept(new LintedFile(proto), inFile);
      inFile.forEach(violation -> violations.add(proto.getName() + ": " + violation));
    }
    return violations;
  }

  private static List<String> fieldNames(Element<DescriptorProto> message) {
    return message.value().getFieldList().stream().map(FieldDescriptorProto::getName).toList();
  }

  private static List<String> oneofNames(Element<DescriptorProto> message) {
    return message.value().getOneofDeclList().stream().map(OneofDescriptorProto::getName).toList();
  }

  private static void requireName(
      MethodDescriptorProto method, String type, String suffix, List<String> report) {
    String expected = method.getName() + suffix;
    if (!type.endsWith("." + expected)) {
      report.add(method.getName() + " takes or gives " + type + ", expected its own " + expected);
    }
  }

  private static void requireCamelCase(String name, List<String> report) {
    if (!name.matches("([A-Z][a-z0-9]+)+")) {
      report.add(name + " should be UpperCamelCase");
    }
  }

  private static void requireSnakeCase(String name, List<String> report) {
    if (!isSnakeCase(name)) {
      report.add(name + " should be lower_snake_case");
    }
  }

  private static boolean isSnakeCase(String name) {
    return name.matches("[a-z][a-z0-9]*(_[a-z0-9]+)*");
  }

  private static String upperSnakeCase(String camelCase) {
    return camelCase.replaceAll("(?<=.)([A-Z])", "_$1").toUpperCase(Locale.ROOT);
  }

  /**
   * A part of a file.
   *
   * @param value its descriptor
   * @param path its place in the file, as source information counts it
   */
  record Element<T>(T value, List<Integer> path) {

    Element {
      path = List.copyOf(path);
    }
  }
}
