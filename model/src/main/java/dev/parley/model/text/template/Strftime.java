package dev.parley.model.text.template;

import java.time.DayOfWeek;
import java.time.ZonedDateTime;
import java.time.format.TextStyle;
import java.time.temporal.IsoFields;
import java.util.Locale;

/** C's {@code strftime} in the C locale, for a time without a zone, as Python has it. */
final class Strftime {
  private Strftime() {}

  /**
   * @throws PyError for a directive that is not known
   */
  static String format(ZonedDateTime time, String format) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%') {
        out.append(c);
        continue;
      }
      boolean unpadded = i + 1 < format.length() && format.charAt(i + 1) == '-';
      i += unpadded ? 2 : 1;
      if (i >= format.length()) {
        throw PyError.value("strftime_now(): the format ends inside a directive");
      }
      String value = directive(time, format.charAt(i));
      out.append(unpadded ? withoutPadding(value) : value);
    }
    return out.toString();
  }

  private static String withoutPadding(String value) {
    String stripped = value.replaceFirst("^[0 ]+", "");
    return stripped.isEmpty() ? "0" : stripped;
  }

  private static String directive(ZonedDateTime time, char directive) {
    int weekday = time.getDayOfWeek().getValue() % 7;
    return switch (directive) {
      case 'a' -> time.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
      case 'A' -> time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
      case 'b', 'h' -> time.getMonth().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
      case 'B' -> time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
      case 'c' -> format(time, "%a %b %e %H:%M:%S %Y");
      case 'C' -> padded(time.getYear() / 100, 2);
      case 'd' -> padded(time.getDayOfMonth(), 2);
      case 'D', 'x' -> format(time, "%m/%d/%y");
      case 'e' -> String.format(Locale.ROOT, "%2d", time.getDayOfMonth());
      case 'f' -> padded(time.getNano() / 1000, 6);
      case 'F' -> format(time, "%Y-%m-%d");
      case 'g' -> padded(time.get(IsoFields.WEEK_BASED_YEAR) % 100, 2);
      case 'G' -> Integer.toString(time.get(IsoFields.WEEK_BASED_YEAR));
      case 'H' -> padded(time.getHour(), 2);
      case 'I' -> padded((time.getHour() + 11) % 12 + 1, 2);
      case 'j' -> padded(time.getDayOfYear(), 3);
      case 'k' -> String.format(Locale.ROOT, "%2d", time.getHour());
      case 'l' -> String.format(Locale.ROOT, "%2d", (time.getHour() + 11) % 12 + 1);
      case 'm' -> padded(time.getMonthValue(), 2);
      case 'M' -> padded(time.getMinute(), 2);
      case 'n' -> "\n";
      case 'p' -> time.getHour() < 12 ? "AM" : "PM";
      case 'P' -> time.getHour() < 12 ? "am" : "pm";
      case 'r' -> format(time, "%I:%M:%S %p");
      case 'R' -> format(time, "%H:%M");
      case 'S' -> padded(time.getSecond(), 2);
      case 't' -> "\t";
      case 'T', 'X' -> format(time, "%H:%M:%S");
      case 'u' -> Integer.toString(time.getDayOfWeek().getValue());
      case 'U' -> padded((time.getDayOfYear() + 6 - weekday) / 7, 2);
      case 'V' -> padded(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR), 2);
      case 'w' -> Integer.toString(weekday);
      case 'W' -> padded((time.getDayOfYear() + 6 - mondayBased(time)) / 7, 2);
      case 'y' -> padded(time.getYear() % 100, 2);
      case 'Y' -> Integer.toString(time.getYear());
      case 'z', 'Z' -> "";
      case '%' -> "%";
      default ->
          throw PyError.unsupported(
              "strftime_now(): the directive %" + directive + " is not known");
    };
  }

  private static int mondayBased(ZonedDateTime time) {
    return time.getDayOfWeek().getValue() - DayOfWeek.MONDAY.getValue();
  }

  private static String padded(int number, int width) {
    return String.format(Locale.ROOT, "%0" + width + "d", number);
  }
}
