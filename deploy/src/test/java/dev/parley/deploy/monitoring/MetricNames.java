package dev.parley.deploy.monitoring;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names of metrics in a PromQL expression. */
final class MetricNames {

  /** What others tell: Prometheus itself, the virtual machine, and Kubernetes. */
  static final Set<String> OF_OTHERS =
      Set.of(
          "up",
          "jvm_memory_used_bytes",
          "process_cpu_usage",
          "kube_pod_container_resource_requests");

  private static final Pattern STRINGS = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"");
  private static final Pattern BRACES = Pattern.compile("\\{[^}]*\\}");
  private static final Pattern RANGES = Pattern.compile("\\[[^\\]]*\\]");
  private static final Pattern GROUPINGS =
      Pattern.compile("\\b(by|without|on|ignoring|group_left|group_right)\\s*\\([^)]*\\)");
  private static final Pattern NAME_MATCHER = Pattern.compile("__name__\\s*=~\\s*\"([^\"]*)\"");
  private static final Pattern WORD = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*(\\s*\\()?");
  private static final Set<String> KEYWORDS =
      Set.of(
          "by",
          "without",
          "on",
          "ignoring",
          "group_left",
          "group_right",
          "and",
          "or",
          "unless",
          "offset",
          "bool",
          "inf",
          "nan");

  private MetricNames() {}

  /** Returns the names that stand in an expression as they are. */
  static Set<String> in(String expression) {
    String bare = STRINGS.matcher(expression).replaceAll("");
    for (Pattern noName : new Pattern[] {BRACES, RANGES, GROUPINGS}) {
      bare = noName.matcher(bare).replaceAll(" ");
    }
    Set<String> names = new TreeSet<>();
    Matcher words = WORD.matcher(bare);
    while (words.find()) {
      boolean function = words.group(1) != null;
      boolean number = words.start() > 0 && Character.isDigit(bare.charAt(words.start() - 1));
      boolean variable = words.start() > 0 && bare.charAt(words.start() - 1) == '$';
      if (!function && !number && !variable && !KEYWORDS.contains(words.group())) {
        names.add(words.group());
      }
    }
    return names;
  }

  /** Returns the regular expressions that an expression looks names up by. */
  static Set<String> patternsIn(String expression) {
    Set<String> patterns = new TreeSet<>();
    Matcher matcher = NAME_MATCHER.matcher(expression);
    while (matcher.find()) {
      patterns.add(matcher.group(1));
    }
    return patterns;
  }
}
