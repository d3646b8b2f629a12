import ArgumentParser
import Foundation

/// Where the process starts and ends: parses, runs, and turns every error into one line and an exit status.
@main struct Main {
  static func main() {
    do {
      var command = try RewardGaugeCommand.parseAsRoot()
      try command.run()
    } catch {
      exit(status(for: error))
    }
  }

  /// Prints what `error` has to say and returns the status of the process: help and versions 0, a property that does not
  /// hold 1, bad input or usage 2.
  private static func status(for error: any Error) -> Int32 {
    if let code = error as? ExitCode { return code.rawValue }
    guard RewardGaugeCommand.exitCode(for: error) != .success else {
      print(RewardGaugeCommand.fullMessage(for: error))
      return 0
    }
    let message = RewardGaugeCommand.message(for: error)
    let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    FileHandle.standardError.write(Data("rewardgauge: \(line)\n".utf8))
    return 2
  }
}
