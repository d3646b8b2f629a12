// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "RewardGauge", path: "..")],
  targets: [
    // What we measure ourselves against: plain C loops at the compiler's best portable setting, and the native
    // libraries called without us.
    .target(
      name: "CPeers",
      cSettings: [.unsafeFlags(["-O3"])],
      linkerSettings: [
        .linkedLibrary("lapack"), .linkedLibrary("blas"), .linkedLibrary("flint"), .linkedLibrary("gmp"),
      ]),
    .executableTarget(
      name: "benchmarks",
      dependencies: ["CPeers", .product(name: "RewardGauge", package: "RewardGauge")],
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ]),
  ]
)
