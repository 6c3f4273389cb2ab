package dev.parley.proto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class BrokerAccessTest {

  @Test
  void variablesBecomeTheSettingsOfKafkasClients() {
    assertThat(
            BrokerAccess.of(
                Map.of(
                    "KAFKA_SECURITY_PROTOCOL", "SASL_SSL",
                    "KAFKA_SASL_JAAS_CONFIG", "Module required password=\"A_b\";",
                    "KAFKA_SSL_TRUSTSTORE_LOCATION", "/etc/Ca.crt")))
        .containsOnly(
            Map.entry("security.protocol", "SASL_SSL"),
            Map.entry("sasl.jaas.config", "Module required password=\"A_b\";"),
            Map.entry("ssl.truststore.location", "/etc/Ca.crt"));
  }

  @Test
  void othersAreNotTakenForSettings() {
    assertThat(
            BrokerAccess.of(
                Map.of(
                    "KAFKA_HOME", "/opt/kafka",
                    "KAFKA_PORT", "tcp://10.0.0.1:9092",
                    "KAFKA_BOOTSTRAP_SERVERS", "elsewhere:9092",
                    "SSL_CERT_FILE", "/etc/ssl/cert.pem")))
        .isEmpty();
  }
}
