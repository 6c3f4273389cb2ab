package dev.parley.cli.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.cli.Failure;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunTemplateTest {

  @Test
  void tokensAreReplacedWhereverTheyStandInATextAndNowhereElse() {
    RunTemplate template =
        parse(
            """
            - kind: Thing
              metadata: {name: a-__RUN__-b-__RUN__}
              __RUN__: key
              list: [__RUN__, {deep: "x/__RUN__"}, 3, true, null]
            """);

    Map<String, Object> object = template.fill(Map.of("__RUN__", "r1")).get(0);

    assertThat(object).containsEntry("metadata", Map.of("name", "a-r1-b-r1"));
    assertThat(object).containsEntry("__RUN__", "key");
    assertThat(object.get("list"))
        .isEqualTo(Arrays.asList("r1", Map.of("deep", "x/r1"), 3, true, null));
  }

  @Test
  void whatIsPutInStaysATextWhateverItLooksLike() {
    RunTemplate template =
        parse("- {kind: Thing, metadata: {name: n}, args: [__A__, __B__, __C__]}");

    Map<String, Object> object =
        template
            .fill(
                Map.of(
                    "__A__", "x]\n- kind: Pod", "__B__", "true", "__C__", "{{ .Values }} !!int 3"))
            .get(0);

    assertThat(object).hasSize(3);
    assertThat(object.get("args"))
        .isEqualTo(List.of("x]\n- kind: Pod", "true", "{{ .Values }} !!int 3"));
  }

  @Test
  void aTokenThatIsPutInIsNotReplacedAgain() {
    RunTemplate template = parse("- {kind: Thing, metadata: {name: __A__-__B__}}");

    assertThat(template.fill(Map.of("__A__", "__B__", "__B__", "__A__")).get(0))
        .containsEntry("metadata", Map.of("name", "__B__-__A__"));
  }

  @Test
  void theTemplateItselfIsLeftAsItIs() {
    RunTemplates.TEMPLATE.fill(Map.of("__RUN__", "r1"));

    assertThat(RunTemplates.TEMPLATE.objects().toString()).contains("__RUN__");
  }

  @Test
  void somethingElseIsRefusedWithTheConfigMapsName() {
    for (String yaml : List.of("", "a: b", "- just text", "- {kind: Pod}", "[a")) {
      assertThatThrownBy(() -> parse(yaml))
          .as(yaml)
          .isInstanceOf(Failure.class)
          .hasMessageContaining("my-template");
    }
  }

  private static RunTemplate parse(String yaml) {
    return RunTemplate.parse("my-template", "uid", "ns", "release", yaml);
  }
}
