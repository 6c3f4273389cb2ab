package dev.parley.model.text.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * What Python's chat template environment makes of each template in {@code cases.json}, which
 * {@code src/test/python/jinja_cases.py} recorded.
 */
class JinjaCasesTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2024-07-04T15:06:07.089Z"), ZoneOffset.UTC);

  @TestFactory
  List<DynamicTest> templates() throws IOException {
    JsonObject recorded;
    try (Reader reader =
        new InputStreamReader(
            JinjaCasesTest.class.getResourceAsStream("cases.json"), StandardCharsets.UTF_8)) {
      recorded = JsonParser.parseReader(reader).getAsJsonObject();
    }
    JsonObject shared = recorded.getAsJsonObject("variables");
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonElement element : recorded.getAsJsonArray("cases")) {
      JsonObject expected = element.getAsJsonObject();
      JsonElement given = expected.get("variables");
      Map<String, Object> variables =
          variables(given.isJsonObject() ? given : shared.get(given.getAsString()));
      tests.add(dynamicTest(expected.get("id").getAsString(), () -> check(expected, variables)));
    }
    return tests;
  }

  private static void check(JsonObject expected, Map<String, Object> variables) {
    String template = expected.get("template").getAsString();
    if (expected.has("error")) {
      assertThatThrownBy(() -> Template.parse(template).render(variables, CLOCK))
          .as("%s raises %s", template, expected.get("error").getAsString())
          .isInstanceOf(TemplateException.class);
      return;
    }
    Rendered rendered = Template.parse(template).render(variables, CLOCK);
    assertThat(rendered.text()).as(template).isEqualTo(expected.get("text").getAsString());
    List<Rendered.Region> generated = new ArrayList<>();
    for (JsonElement span : expected.getAsJsonArray("generated")) {
      int start = span.getAsJsonArray().get(0).getAsInt();
      generated.add(new Rendered.Region(start, span.getAsJsonArray().get(1).getAsInt()));
    }
    assertThat(rendered.generated()).as(template).isEqualTo(generated);
  }

  private static Map<String, Object> variables(JsonElement object) {
    Map<String, Object> variables = new LinkedHashMap<>();
    object
        .getAsJsonObject()
        .entrySet()
        .forEach(e -> variables.put(e.getKey(), value(e.getValue())));
    return variables;
  }

  private static Object value(JsonElement element) {
    if (element.isJsonNull()) {
      return null;
    }
    if (element.isJsonObject()) {
      return variables(element);
    }
    if (element.isJsonArray()) {
      List<Object> values = new ArrayList<>();
      element.getAsJsonArray().forEach(item -> values.add(value(item)));
      return values;
    }
    JsonPrimitive primitive = element.getAsJsonPrimitive();
    if (primitive.isNumber()) {
      String number = primitive.getAsString();
      boolean whole = number.matches("-?\\d+");
      return whole ? (Object) new BigInteger(number) : Double.valueOf(number);
    }
    return primitive.isBoolean() ? (Object) primitive.getAsBoolean() : primitive.getAsString();
  }
}
