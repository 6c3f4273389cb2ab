package dev.parley.reward.scoring;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaException;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Scores 1 if the answer is JSON that a schema (JSON Schema, draft 2020-12) allows, else 0. The
 * schema is a setting, or else comes with the item as its reference.
 */
final class JsonSchemaRule implements Rule {

  private static final String JSON_FOUND = "json";
  private static final String VALID = "valid";
  private static final String ERRORS = "errors";
  private static final int MOST_ERRORS = 1_000;

  /** Nested no deeper than a validator's stack bears. */
  private static final ObjectMapper JSON =
      JsonMapper.builder(
              com.fasterxml.jackson.core.JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(200).build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final Pattern FENCED =
      Pattern.compile("```(?:json|JSON)?[ \\t]*\\n(.*?)\\n?```", Pattern.DOTALL);

  private final Optional<JsonSchema> schema;
  private final boolean fence;

  private JsonSchemaRule(Optional<JsonSchema> schema, boolean fence) {
    this.schema = schema;
    this.fence = fence;
  }

  static JsonSchemaRule of(ScorerSettings settings) {
    Optional<Path> file = settings.path("schema-file");
    boolean fence = settings.flag("fence", true);
    if (file.isEmpty()) {
      return new JsonSchemaRule(Optional.empty(), fence);
    }
    try {
      String text = Files.readString(file.get());
      settings.remember("schema", text);
      return new JsonSchemaRule(Optional.of(schema(text)), fence);
    } catch (IOException | JsonSchemaException e) {
      throw settings.wrong("schema-file", file.get(), "a JSON Schema: " + e.getMessage());
    }
  }

  private static JsonSchema schema(String text) throws JsonProcessingException {
    // Nothing is fetched: a schema that refers to another by its address is refused.
    JsonSchemaFactory factory =
        JsonSchemaFactory.getInstance(
            VersionFlag.V202012,
            builder ->
                builder.schemaLoaders(
                    loaders -> loaders.add(address -> refuse(address.toString()))));
    JsonNode node = JSON.readTree(text);
    if (!node.isObject() && !node.isBoolean()) {
      throw new JsonSchemaException("it is a JSON " + node.getNodeType() + ", not an object");
    }
    JsonSchema schema = factory.getSchema(node);
    schema.initializeValidators();
    return schema;
  }

  private static com.networknt.schema.resource.InputStreamSource refuse(String address) {
    throw new JsonSchemaException("it refers to " + address + ", and no schema is fetched");
  }

  @Override
  public Verdict judge(String answer, Item item) {
    JsonSchema applied;
    try {
      if (schema.isEmpty() && item.referenceAnswer().isBlank()) {
        return Verdict.failed(
            "there is no schema; set schema-file, or send one as reference_answer with the item");
      }
      applied = schema.isPresent() ? schema.get() : schema(item.referenceAnswer());
    } catch (JsonProcessingException | JsonSchemaException e) {
      return Verdict.failed("the reference is no JSON Schema: " + e.getMessage());
    }
    String text = json(answer);
    try {
      JsonNode value = JSON.readTree(text);
      if (value.isMissingNode()) {
        return verdict(0, 0, 0, text);
      }
      Set<ValidationMessage> errors = applied.validate(value);
      return verdict(1, errors.isEmpty() ? 1 : 0, Math.min(errors.size(), MOST_ERRORS), text);
    } catch (JsonProcessingException e) {
      return verdict(0, 0, 0, text);
    } catch (StackOverflowError e) {
      return Verdict.failed("the schema took more stack than there is; simplify it");
    }
  }

  private static Verdict verdict(double json, double valid, double errors, String text) {
    Map<String, Double> components = new LinkedHashMap<>();
    components.put(JSON_FOUND, json);
    components.put(VALID, valid);
    components.put(ERRORS, errors);
    return Verdict.of(valid, components).withExtracted(text);
  }

  /** The whole answer, or what stands in its last fence. */
  private String json(String answer) {
    String text = answer.strip();
    if (fence) {
      Matcher fenced = FENCED.matcher(answer);
      while (fenced.find()) {
        text = fenced.group(1);
      }
    }
    return text;
  }

  @Override
  public List<String> components() {
    return List.of(JSON_FOUND, VALID, ERRORS);
  }
}
