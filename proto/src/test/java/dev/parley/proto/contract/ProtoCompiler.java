package dev.parley.proto.contract;

import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Compiles .proto files to descriptors that keep their comments. */
final class ProtoCompiler {

  private static final Path SOURCES = Path.of("src", "main", "proto");

  /** Put there by the build: see maven-dependency-plugin in the module's pom. */
  private static final Path PROTOC = Path.of("target", "protoc", "protoc.exe");

  private ProtoCompiler() {}

  /** Compiles the contract. */
  static FileDescriptorSet contract() {
    return compile(SOURCES);
  }

  /** Compiles one file, given its path below the root of the sources, and its text. */
  static FileDescriptorSet compile(String path, String source) {
    return compile(Map.of(path, source));
  }

  /** Compiles files, given their paths below the root of the sources, and their texts. */
  static FileDescriptorSet compile(Map<String, String> sources) {
    try {
      Path root = Files.createTempDirectory("parley-proto");
      for (Map.Entry<String, String> source : sources.entrySet()) {
        Path file = root.resolve(source.getKey());
        Files.createDirectories(file.getParent());
        Files.writeString(file, source.getValue(), StandardCharsets.UTF_8);
      }
      return compile(root);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + sources.keySet(), e);
    }
  }

  private static FileDescriptorSet compile(Path root) {
    try {
      Path protoc = Files.createTempFile("protoc", ".exe");
      Path set = Files.createTempFile("descriptors", ".binpb");
      Files.copy(PROTOC, protoc, StandardCopyOption.REPLACE_EXISTING);
      if (!protoc.toFile().setExecutable(true)) {
        throw new IOException("cannot make " + protoc + " executable");
      }
      List<String> command = new ArrayList<>();
      command.add(protoc.toString());
      command.add("--proto_path=" + root);
      command.add("--include_source_info");
      command.add("--descriptor_set_out=" + set);
      try (Stream<Path> files = Files.walk(root)) {
        files
            .filter(file -> file.toString().endsWith(".proto"))
            .sorted()
            .forEach(file -> command.add(file.toString()));
      }
      run(command);
      try (InputStream stream = Files.newInputStream(set)) {
        return FileDescriptorSet.parseFrom(stream);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot compile the .proto files of " + root, e);
    }
  }

  private static void run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IllegalArgumentException("protoc: " + output);
      }
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while protoc ran", e);
    }
  }
}
