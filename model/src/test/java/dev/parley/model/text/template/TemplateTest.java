package dev.parley.model.text.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateTest {
  private static final Clock CLOCK = Clock.system(ZoneOffset.UTC);

  private static String render(String template, Map<String, ?> variables) {
    return Template.parse(template).render(variables, CLOCK).text();
  }

  // ---- refused when it is loaded
  // -----------------------------------------------------------------

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "{% include 'x' %} ~ include",
        "{% block b %}{% endblock %} ~ block",
        "{% autoescape true %}{% endautoescape %} ~ autoescape",
        "{% for x in y recursive %}{% endfor %} ~ recursive",
        "{{ x|groupby('a') }} ~ groupby",
        "{{ x|map('urlize') }} ~ urlize",
        "{{ x|selectattr('a', 'nope') }} ~ nope",
        "{{ x is nope }} ~ nope",
        "{{ lipsum() }} ~ lipsum",
        "{{ self.b() }} ~ self",
        "{% macro f() %}{% generation %}{% endgeneration %}{% endmacro %} ~ generation"
      })
  void whatIsNotSupportedIsNamedWithItsLine(String template, String name) {
    assertThatThrownBy(() -> Template.parse("a\n\n" + template))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining("line 3")
        .hasMessageContaining(name)
        .hasMessageContaining("not supported");
  }

  @Test
  void unclosedBlockNamesTheMissingTag() {
    assertThatThrownBy(() -> Template.parse("{% if x %}\na"))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining("endif");
  }

  @Test
  void misplacedEndTagSaysWhatWasExpected() {
    assertThatThrownBy(() -> Template.parse("{% for x in y %}{% endif %}"))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining("endif")
        .hasMessageContaining("endfor");
  }

  // ---- failures while rendering
  // ------------------------------------------------------------------

  @Test
  void failureNamesTheLineItHappenedOn() {
    assertThatThrownBy(() -> render("a\n{% if true %}\n{{ 'x' + 1 }}\n{% endif %}", Map.of()))
        .isInstanceOfSatisfying(
            TemplateException.class,
            e -> {
              assertThat(e.line()).isEqualTo(3);
              assertThat(e.raisedByTemplate()).isFalse();
              assertThat(e).hasMessageContaining("line 3").hasMessageContaining("\"int\"");
            });
  }

  @Test
  void failureInsideAMacroNamesTheMacrosLine() {
    assertThatThrownBy(
            () -> render("{% macro f(x) %}\n{{ x.a.b }}\n{% endmacro %}\n\n{{ f({}) }}", Map.of()))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining("line 2")
        .hasMessageContaining("'a'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}"
            + "{% endfor %}{{ ns.l }}",
        "{% set ns = namespace(l=[1], m=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}"
            + "{% set ns.m = [ns.m, ns.m] %}{% endfor %}{{ ns.l == ns.m }}",
        "{{ [0] * 1000000000 }}",
        "{{ range(100000)|list|length * 0 }}{% for i in range(1000) %}{{ range(100000)|sum }}"
            + "{% endfor %}"
      })
  void templateThatTakesTooManyStepsIsStopped(String template) {
    assertThatThrownBy(() -> render(template, Map.of()))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining("steps");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ 'a' * 1000000000 }}",
        "{% set ns = namespace(s='ab') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}"
            + "{% endfor %}",
        "{% set ns = namespace(s='ab') %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}"
            + "{% endfor %}",
        "{% set ns = namespace(s='ab') %}{% for i in range(99) %}{% set ns.s = ns.s|replace('a',"
            + " ns.s) %}{% endfor %}",
        "{% set ns = namespace(s='ab') %}{% for i in range(99) %}{% set ns.s = ns.s.join([ns.s] * 9)"
            + " %}{% endfor %}",
        "{{ 'a'.center(999999999) }}",
        "{{ 'a'|center(999999999) }}",
        "{{ '%999999999d' % 1 }}",
        "{{ '%.999999999f' % 1.5 }}",
        "{{ '{:999999999}'.format(1) }}",
        "{{ 'a\nb'|indent(999999999) }}",
        "{{ [1]|tojson(indent=999999999) }}",
        "{{ 'a'.zfill(999999999) }}",
        "{{ '\t'.expandtabs(999999999) }}"
      })
  void templateThatMakesTooMuchTextIsStopped(String template) {
    assertThatThrownBy(() -> render(template, Map.of()))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining("characters of text");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% set ns = namespace(l=[]) %}{% for i in range(90000) %}{% set ns.l = [ns.l] %}{% endfor %}"
            + "{{ ns.l }}",
        "{{ 10 ** (10 ** 10) }}"
      })
  void templateThatNestsTooDeeplyOrComputesTooLargeIsStopped(String template) {
    assertThatThrownBy(() -> render(template, Map.of())).isInstanceOf(TemplateException.class);
  }

  @Test
  void expressionThatNestsTooDeeplyIsRefused() {
    String template = "{{ " + "(".repeat(100_000) + "1" + ")".repeat(100_000) + " }}";
    assertThatThrownBy(() -> Template.parse(template))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining("nested too deeply");
  }

  @Test
  void longConversationStaysWithinTheLimits() {
    List<Map<String, String>> messages =
        IntStream.range(0, 2000)
            .mapToObj(
                i -> Map.of("role", i % 2 == 0 ? "user" : "assistant", "content", "x".repeat(5000)))
            .toList();
    String text =
        render(
            "{% for m in messages %}{{ '<' ~ m.role ~ '>' ~ m.content | trim ~ '</>' }}{% endfor %}",
            Map.of("messages", messages));
    assertThat(text).hasSizeGreaterThan(10_000_000);
  }

  // ---- variables -------------------------------------------------------------------------------

  @Test
  void variablesKeepTheirPythonTypes() {
    Map<String, Object> variables = new HashMap<>();
    variables.put("i", 1);
    variables.put("l", 2L);
    variables.put("f", 1.0f);
    variables.put("b", true);
    variables.put("n", null);
    variables.put("s", List.of("a", Map.of("k", List.of())));
    assertThat(render("{{ [i, l, f, b, n, s] }}", variables))
        .isEqualTo("[1, 2, 1.0, True, None, ['a', {'k': []}]]");
  }

  @Test
  void variableOfAnotherTypeIsNamed() {
    assertThatThrownBy(() -> render("{{ x }}", Map.of("x", new Object())))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining("java.lang.Object");
  }

  @Test
  void renderingChangesNoVariableOfTheCaller() {
    List<Object> list = new ArrayList<>(List.of(1));
    assertThatThrownBy(() -> render("{{ x.append(2) }}", Map.of("x", list)))
        .isInstanceOf(TemplateException.class)
        .hasMessageContaining("unsafe");
    assertThat(list).containsExactly(1);
  }

  @Test
  void oneTemplateRendersInManyThreads() throws Exception {
    Template template =
        Template.parse(
            "{% set ns = namespace(t=0) %}{% for i in range(n) %}{% set ns.t = ns.t + i %}"
                + "{% endfor %}{{ ns.t }}");
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Callable<String>> tasks = new ArrayList<>();
      for (int n = 0; n < 100; n++) {
        Map<String, Integer> variables = Map.of("n", n);
        tasks.add(() -> template.render(variables, CLOCK).text());
      }
      List<Future<String>> results = threads.invokeAll(tasks);
      for (int n = 0; n < 100; n++) {
        assertThat(results.get(n).get()).isEqualTo(Integer.toString(n * (n - 1) / 2));
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
