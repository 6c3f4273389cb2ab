package dev.parley.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.serving.settings.SettingKeys;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The service's page names all settings and meters, and none that there is not. */
class DocumentationTest {

  private static final Pattern NAME = Pattern.compile("`(parley\\.console\\.[a-zA-Z0-9.-]+)`");

  private static Set<String> firstColumns;

  @BeforeAll
  static void read() throws IOException {
    firstColumns = new TreeSet<>();
    for (String line : Files.readAllLines(Path.of("../docs/console.md"))) {
      if (line.startsWith("| `parley.")) {
        Matcher names = NAME.matcher(line.split("\\|")[1]);
        while (names.find()) {
          firstColumns.add(names.group(1));
        }
      }
    }
  }

  @Test
  void itsTablesHoldEverySettingAndMeterAndNoOther() {
    Set<String> expected =
        new TreeSet<>(SettingKeys.of(ConsoleConfig.class, ConsoleConfig.POLICIES).known());
    expected.add("parley.console.policies.NAME");
    expected.addAll(meters());
    assertThat(firstColumns).isEqualTo(expected);
  }

  private static List<String> meters() {
    return Arrays.stream(ConsoleMetrics.class.getFields())
        .filter(field -> Modifier.isStatic(field.getModifiers()))
        .map(DocumentationTest::value)
        .filter(value -> value.startsWith("parley.console."))
        .toList();
  }

  private static String value(Field constant) {
    try {
      return (String) constant.get(null);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }
}
