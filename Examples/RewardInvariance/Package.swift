// swift-tools-version: 6.2
import PackageDescription

// A program with a reward of its own, and tests that prove its shaping harmless: what a user of RewardTesting writes.
let package = Package(
  name: "Grid",
  dependencies: [.package(name: "RewardGauge", path: "../..")],
  targets: [
    .target(name: "Grid"),
    .testTarget(name: "GridTests", dependencies: ["Grid", .product(name: "RewardTesting", package: "RewardGauge")]),
  ]
)
