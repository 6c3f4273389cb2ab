package dev.parley.cli.config;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The two options, as a picocli mixin. */
public final class ConfigurationOptions {

  private static final Pattern KEY =
      Pattern.compile("[a-zA-Z][a-zA-Z0-9-]*(\\.[a-zA-Z0-9][a-zA-Z0-9-]*|\\[[0-9]+])*");

  private final Map<String, String> settings = new LinkedHashMap<>();

  private CommandSpec spec;
  private Path file;

  /** Called by picocli with the command that these options belong to. */
  @Spec(Target.MIXEE)
  void mixInto(CommandSpec mixee) {
    spec = mixee;
  }

  /** Called by picocli with each value of {@code --config}. */
  @Option(
      names = "--config",
      paramLabel = "FILE.yaml",
      description = "Settings on top of the defaults.")
  void config(Path yaml) {
    String name = String.valueOf(yaml.getFileName()).toLowerCase(Locale.ROOT);
    if (!Files.isRegularFile(yaml) || !Files.isReadable(yaml)) {
      throw refused("--config: there is no readable file " + yaml);
    }
    if (!name.endsWith(".yaml") && !name.endsWith(".yml")) {
      throw refused("--config: %s is no .yaml file".formatted(yaml));
    }
    file = yaml.toAbsolutePath().normalize();
  }

  /** Called by picocli with all values of {@code --set}. */
  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "One setting on top of --config; may be given several times.")
  void set(List<String> assignments) {
    settings.clear();
    for (String assignment : assignments) {
      int equals = assignment.indexOf('=');
      if (equals < 0) {
        throw refused(
            "--set %s has no '='; expected KEY=VALUE, as in --set learning-rate=1e-5"
                .formatted(assignment));
      }
      String key = assignment.substring(0, equals);
      if (!KEY.matcher(key).matches()) {
        throw refused(
            "--set %s: \"%s\" is no key; expected words joined by dots, as in kl.coefficient"
                .formatted(assignment, key));
      }
      String value = assignment.substring(equals + 1);
      String before = settings.put(key, value);
      if (before != null && !before.equals(value)) {
        throw refused(
            "--set gives %s two values, \"%s\" and \"%s\"; expected one"
                .formatted(key, before, value));
      }
    }
  }

  /** The file, absolute; empty if none was named. */
  public Optional<Path> file() {
    return Optional.ofNullable(file);
  }

  /** The settings in the order given. */
  public Map<String, String> settings() {
    return Collections.unmodifiableMap(settings);
  }

  /**
   * One setting, from {@code --set} or else from the file.
   *
   * @param key words joined by dots
   * @return empty if neither gives it
   */
  public Optional<String> value(String key) {
    return Optional.ofNullable(settings.get(key)).or(() -> inFile(key));
  }

  private Optional<String> inFile(String key) {
    if (file == null) {
      return Optional.empty();
    }
    try (Reader text = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      return find(new Yaml(new SafeConstructor(new LoaderOptions())).load(text), key);
    } catch (IOException | YAMLException e) {
      throw refused("--config: %s cannot be read: %s".formatted(file, e.getMessage()));
    }
  }

  /** Groups may be nested, or joined by dots, or both. */
  private static Optional<String> find(Object node, String key) {
    if (!(node instanceof Map<?, ?> group)) {
      return Optional.empty();
    }
    for (Map.Entry<?, ?> entry : group.entrySet()) {
      String name = String.valueOf(entry.getKey());
      if (name.equals(key) && entry.getValue() != null) {
        return Optional.of(String.valueOf(entry.getValue()));
      }
      if (key.startsWith(name + ".")) {
        Optional<String> found = find(entry.getValue(), key.substring(name.length() + 1));
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Both options as arguments, for the process that validates them.
   *
   * @param others settings that other options stand for; where {@code --set} gives the same key, it
   *     counts
   */
  public List<String> arguments(Map<String, String> others) {
    List<String> arguments = new ArrayList<>();
    file().ifPresent(yaml -> arguments.addAll(List.of("--config", yaml.toString())));
    Map<String, String> all = new LinkedHashMap<>(others);
    all.putAll(settings);
    arguments.addAll(assignments(all));
    return arguments;
  }

  /** Settings as arguments: {@code --set KEY=VALUE} for each. */
  public static List<String> assignments(Map<String, ?> settings) {
    List<String> arguments = new ArrayList<>();
    settings.forEach((key, value) -> arguments.addAll(List.of("--set", key + "=" + value)));
    return arguments;
  }

  private ParameterException refused(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
