// Serves an empty Neo4j on a port of loopback, to everybody, until it is ended: `java -cp … Serve.java PORT`.
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.harness.Neo4jBuilders;

public class Serve {
    public static void main(String[] words) throws InterruptedException {
        var address = new SocketAddress("127.0.0.1", Integer.parseInt(words[0]));
        Neo4jBuilders.newInProcessBuilder()
                .withDisabledServer()
                .withConfig(BoltConnector.listen_address, address)
                .build();
        Thread.currentThread().join();
    }
}
