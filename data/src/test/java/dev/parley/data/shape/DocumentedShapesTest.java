package dev.parley.data.shape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What docs/data.md shows is what is read. */
class DocumentedShapesTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TestFactory
  Stream<DynamicTest> everyExampleIsReadAsTheShapeItStandsUnder() throws IOException {
    return examples().entrySet().stream()
        .flatMap(
            shape ->
                shape.getValue().stream()
                    .map(
                        line ->
                            DynamicTest.dynamicTest(
                                shape.getKey()
                                    + ": "
                                    + line.substring(0, Math.min(60, line.length())),
                                () -> assertReadAs(shape.getKey(), line))));
  }

  @Test
  void everyShapeThatIsReadHasAnExample() throws IOException {
    List<String> names = RowShapes.ALL.stream().map(RowShape::name).toList();

    assertThat(examples().keySet()).containsExactlyElementsOf(names);
  }

  private static void assertReadAs(String name, String line) throws IOException {
    RowFields row = new RowFields((ObjectNode) JSON.readTree(line), "docs");
    RowShape shape = RowShapes.of(row);

    assertThat(shape.name()).isEqualTo(name);
    assertThatCode(() -> shape.read(row)).doesNotThrowAnyException();
  }

  /** JSON lines of the document by the heading above them. */
  private static Map<String, List<String>> examples() throws IOException {
    Map<String, List<String>> examples = new LinkedHashMap<>();
    String heading = "";
    for (String line : Files.readAllLines(Path.of("..", "docs", "data.md"))) {
      if (line.startsWith("### ")) {
        heading = line.substring(4);
      } else if (line.startsWith("{")) {
        examples.computeIfAbsent(heading, unused -> new ArrayList<>()).add(line);
      }
    }
    return examples;
  }
}
