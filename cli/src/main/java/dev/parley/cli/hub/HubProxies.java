package dev.parley.cli.hub;

import dev.parley.cli.Failure;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/**
 * The proxies that the environment names for an address: {@code HTTPS_PROXY}, {@code HTTP_PROXY},
 * {@code ALL_PROXY}, but none for the hosts in {@code NO_PROXY}. Lower-case names count as well.
 * Without them, Java's own settings hold.
 *
 * @param environment the environment variables
 */
record HubProxies(Map<String, String> environment) {

  Proxy forAddress(URI address) {
    String scheme = address.getScheme().toLowerCase(Locale.ROOT);
    String written = value(scheme + "_proxy");
    if (written.isEmpty()) {
      written = value("all_proxy");
    }
    if (written.isEmpty()) {
      return ProxySelector.getDefault().select(address).get(0);
    }
    return isExcepted(address.getHost()) ? Proxy.NO_PROXY : parse(written);
  }

  private boolean isExcepted(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    return Arrays.stream(value("no_proxy").toLowerCase(Locale.ROOT).split("[,\\s]+"))
        .map(entry -> entry.replaceFirst("^\\*?\\.", ""))
        .filter(entry -> !entry.isEmpty())
        .anyMatch(entry -> entry.equals("*") || name.equals(entry) || name.endsWith("." + entry));
  }

  private static Proxy parse(String written) {
    String text = written.contains("://") ? written : "http://" + written;
    URI proxy;
    try {
      proxy = URI.create(text);
    } catch (IllegalArgumentException e) {
      throw unusable(written);
    }
    if (proxy.getHost() == null || proxy.getUserInfo() != null) {
      throw unusable(written);
    }
    Proxy.Type type = proxy.getScheme().startsWith("socks") ? Proxy.Type.SOCKS : Proxy.Type.HTTP;
    int port = proxy.getPort() >= 0 ? proxy.getPort() : type == Proxy.Type.SOCKS ? 1080 : 80;
    return new Proxy(type, new InetSocketAddress(proxy.getHost(), port));
  }

  private static Failure unusable(String written) {
    return new Failure(
        "the proxy \"%s\" in the environment cannot be used; expected http://host:port, without a password"
            .formatted(written.replaceAll("//[^/@]*@", "//…@")),
        "Correct HTTPS_PROXY, or name the hub's host in NO_PROXY.");
  }

  private String value(String name) {
    String lower = environment.getOrDefault(name, "");
    return lower.isBlank()
        ? environment.getOrDefault(name.toUpperCase(Locale.ROOT), "").strip()
        : lower.strip();
  }
}
