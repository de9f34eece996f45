//! Service-linked roles: which services have one, and what it may do.
//!
//! AWS: IAM user guide, "AWS services that work with IAM", and each service's page on its service-linked role.

/// What is fixed about the service-linked role of one service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Template {
    /// The service principal: `batch.amazonaws.com`.
    pub service: &'static str,
    /// What follows `AWSServiceRoleFor` in the role's name.
    pub name: &'static str,
    /// The name of its policy under `/aws-service-role/`.
    pub policy: &'static str,
    /// Whether there may be several, told apart by a suffix.
    pub suffix_allowed: bool,
}

/// The template of a service; `None` when it is not known here.
#[must_use]
pub fn template(service: &str) -> Option<Template> {
    let found = TEMPLATES.iter().find(|(known, ..)| *known == service)?;
    let (service, name, policy) = *found;
    Some(Template { service, name, policy, suffix_allowed: WITH_SUFFIX.contains(&service) })
}

impl Template {
    /// `AWSServiceRoleForBatch`, `AWSServiceRoleForAutoScaling_suffix`.
    #[must_use]
    pub fn role_name(&self, suffix: Option<&str>) -> String {
        let suffix = suffix.map(|suffix| format!("_{suffix}")).unwrap_or_default();
        format!("AWSServiceRoleFor{}{suffix}", self.name)
    }

    /// The ARN of its policy.
    #[must_use]
    pub fn policy_arn(&self) -> String {
        format!("arn:aws:iam::aws:policy/aws-service-role/{}", self.policy)
    }
}

/// Services that accept a suffix.
const WITH_SUFFIX: [&str; 3] = ["autoscaling.amazonaws.com", "connect.amazonaws.com", "lexv2.amazonaws.com"];

/// Service principal, name of the role, name of its policy.
#[rustfmt::skip]
const TEMPLATES: &[(&str, &str, &str)] = &[
    ("access-analyzer.amazonaws.com", "AccessAnalyzer", "AccessAnalyzerServiceRolePolicy"),
    ("accountdiscovery.ssm.amazonaws.com", "AmazonSSM_AccountDiscovery", "AWSSystemsManagerAccountDiscoveryServicePolicy"),
    ("acm.amazonaws.com", "CertificateManager", "CertificateManagerServiceRolePolicy"),
    ("apidestinations.events.amazonaws.com", "AmazonEventBridgeApiDestinations", "AmazonEventBridgeApiDestinationsServiceRolePolicy"),
    ("appmesh.amazonaws.com", "AppMesh", "AWSAppMeshServiceRolePolicy"),
    ("autoscaling-plans.amazonaws.com", "AutoScalingPlans_EC2AutoScaling", "AWSAutoScalingPlansEC2AutoScalingPolicy"),
    ("autoscaling.amazonaws.com", "AutoScaling", "AutoScalingServiceRolePolicy"),
    ("backup.amazonaws.com", "Backup", "AWSBackupServiceLinkedRolePolicyForBackup"),
    ("batch.amazonaws.com", "Batch", "BatchServiceRolePolicy"),
    ("cassandra.application-autoscaling.amazonaws.com", "ApplicationAutoScaling_CassandraTable", "AWSApplicationAutoscalingCassandraTablePolicy"),
    ("cks.kms.amazonaws.com", "KeyManagementServiceCustomKeyStores", "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy"),
    ("cloudtrail.amazonaws.com", "CloudTrail", "CloudTrailServiceRolePolicy"),
    ("codestar-notifications.amazonaws.com", "CodeStarNotifications", "AWSCodeStarNotificationsServiceRolePolicy"),
    ("config-conforms.amazonaws.com", "ConfigConforms", "ConfigConformsServiceRolePolicy"),
    ("config-multiaccountsetup.amazonaws.com", "ConfigMultiAccountSetup", "AWSConfigMultiAccountSetupPolicy"),
    ("config.amazonaws.com", "Config", "AWSConfigServiceRolePolicy"),
    ("connect.amazonaws.com", "AmazonConnect", "AmazonConnectServiceLinkedRolePolicy"),
    ("controltower.amazonaws.com", "AWSControlTower", "AWSControlTowerServiceRolePolicy"),
    ("delivery.logs.amazonaws.com", "LogDelivery", "AWSServiceRoleForLogDeliveryPolicy"),
    ("detective.amazonaws.com", "Detective", "AmazonDetectiveServiceLinkedRolePolicy"),
    ("dms-fleet-advisor.amazonaws.com", "DMSFleetAdvisor", "AWSDMSFleetAdvisorServiceRolePolicy"),
    ("dms.amazonaws.com", "DMSServerless", "AWSDMSServerlessServiceRolePolicy"),
    ("docdb-elastic.amazonaws.com", "DocDB-Elastic", "AmazonDocDB-ElasticServiceRolePolicy"),
    ("ec2-instance-connect.amazonaws.com", "Ec2InstanceConnect", "Ec2InstanceConnectEndpoint"),
    ("ec2.application-autoscaling.amazonaws.com", "ApplicationAutoScaling_EC2SpotFleetRequest", "AWSApplicationAutoscalingEC2SpotFleetRequestPolicy"),
    ("ecr.amazonaws.com", "ECRTemplate", "ECRTemplateServiceRolePolicy"),
    ("ecs.amazonaws.com", "ECS", "AmazonECSServiceRolePolicy"),
    ("eks-connector.amazonaws.com", "AmazonEKSConnector", "AmazonEKSConnectorServiceRolePolicy"),
    ("eks-fargate.amazonaws.com", "AmazonEKSForFargate", "AmazonEKSForFargateServiceRolePolicy"),
    ("eks-nodegroup.amazonaws.com", "AmazonEKSNodegroup", "AWSServiceRoleForAmazonEKSNodegroup"),
    ("eks.amazonaws.com", "AmazonEKS", "AmazonEKSServiceRolePolicy"),
    ("elasticache.amazonaws.com", "ElastiCache", "ElastiCacheServiceRolePolicy"),
    ("elasticbeanstalk.amazonaws.com", "ElasticBeanstalk", "AWSElasticBeanstalkServiceRolePolicy"),
    ("elasticfilesystem.amazonaws.com", "AmazonElasticFileSystem", "AmazonElasticFileSystemServiceRolePolicy"),
    ("elasticloadbalancing.amazonaws.com", "ElasticLoadBalancing", "AWSElasticLoadBalancingServiceRolePolicy"),
    ("email.cognito-idp.amazonaws.com", "AmazonCognitoIdpEmailService", "AmazonCognitoIdpEmailServiceRolePolicy"),
    ("emr-containers.amazonaws.com", "AmazonEMRContainers", "AmazonEMRContainersServiceRolePolicy"),
    ("emrwal.amazonaws.com", "EMRWAL", "EMRDescribeClusterPolicyForEMRWAL"),
    ("events.amazonaws.com", "CloudWatchEvents", "CloudWatchEventsServiceRolePolicy"),
    ("fis.amazonaws.com", "FIS", "AmazonFISServiceRolePolicy"),
    ("fms.amazonaws.com", "FMS", "FMSServiceRolePolicy"),
    ("grafana.amazonaws.com", "AmazonGrafana", "AmazonGrafanaServiceLinkedRolePolicy"),
    ("guardduty.amazonaws.com", "AmazonGuardDuty", "AmazonGuardDutyServiceRolePolicy"),
    ("imagebuilder.amazonaws.com", "ImageBuilder", "AWSServiceRoleForImageBuilder"),
    ("inspector2.amazonaws.com", "AmazonInspector2", "AmazonInspector2ServiceRolePolicy"),
    ("iotmanagedintegrations.amazonaws.com", "IoTManagedIntegrations", "AWSIoTManagedIntegrationsRolePolicy"),
    ("kafka.amazonaws.com", "Kafka", "KafkaServiceRolePolicy"),
    ("kafkaconnect.amazonaws.com", "KafkaConnect", "KafkaConnectServiceRolePolicy"),
    ("lakeformation.amazonaws.com", "LakeFormationDataAccess", "LakeFormationDataAccessServiceRolePolicy"),
    ("lex.amazonaws.com", "LexBots", "AmazonLexBotPolicy"),
    ("lexv2.amazonaws.com", "LexV2Bots", "AmazonLexV2BotPolicy"),
    ("lightsail.amazonaws.com", "Lightsail", "LightsailExportAccess"),
    ("m2.amazonaws.com", "AWSM2", "AWSM2ServicePolicy"),
    ("macie.amazonaws.com", "AmazonMacie", "AmazonMacieServiceRolePolicy"),
    ("malware-protection.guardduty.amazonaws.com", "AmazonGuardDutyMalwareProtection", "AmazonGuardDutyMalwareProtectionServiceRolePolicy"),
    ("member.org.stacksets.cloudformation.amazonaws.com", "CloudFormationStackSetsOrgMember", "CloudFormationStackSetsOrgMemberServiceRolePolicy"),
    ("memorydb.amazonaws.com", "MemoryDB", "MemoryDBServiceRolePolicy"),
    ("mq.amazonaws.com", "AmazonMQ", "AmazonMQServiceRolePolicy"),
    ("mrk.kms.amazonaws.com", "KeyManagementServiceMultiRegionKeys", "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy"),
    ("notifications.amazonaws.com", "AwsUserNotifications", "AWSUserNotificationsServiceLinkedRolePolicy"),
    ("observability.aoss.amazonaws.com", "AmazonOpenSearchServerless", "AmazonOpenSearchServerlessServiceRolePolicy"),
    ("opensearchservice.amazonaws.com", "AmazonOpenSearchService", "AmazonOpenSearchServiceRolePolicy"),
    ("ops.apigateway.amazonaws.com", "APIGateway", "APIGatewayServiceRolePolicy"),
    ("ops.emr-serverless.amazonaws.com", "AmazonEMRServerless", "AmazonEMRServerlessServiceRolePolicy"),
    ("opsdatasync.ssm.amazonaws.com", "SystemsManagerOpsDataSync", "AWSSystemsManagerOpsDataSyncServiceRolePolicy"),
    ("opsinsights.ssm.amazonaws.com", "AmazonSSM_OpsInsights", "AWSSSMOpsInsightsServiceRolePolicy"),
    ("organizations.amazonaws.com", "Organizations", "AWSOrganizationsServiceTrustPolicy"),
    ("pullthroughcache.ecr.amazonaws.com", "ECRPullThroughCache", "AWSECRPullThroughCache_ServiceRolePolicy"),
    ("ram.amazonaws.com", "ResourceAccessManager", "AWSResourceAccessManagerServiceRolePolicy"),
    ("rds.amazonaws.com", "RDS", "AmazonRDSServiceRolePolicy"),
    ("redshift.amazonaws.com", "Redshift", "AmazonRedshiftServiceLinkedRolePolicy"),
    ("replication.cassandra.amazonaws.com", "KeyspacesReplication", "KeyspacesReplicationServiceRolePolicy"),
    ("replication.ecr.amazonaws.com", "ECRReplication", "ECRReplicationServiceRolePolicy"),
    ("repository.sync.codeconnections.amazonaws.com", "GitSync", "AWSGitSyncServiceRolePolicy"),
    ("resource-explorer-2.amazonaws.com", "ResourceExplorer", "AWSResourceExplorerServiceRolePolicy"),
    ("rolesanywhere.amazonaws.com", "RolesAnywhere", "AWSRolesAnywhereServicePolicy"),
    ("s3-outposts.amazonaws.com", "S3OnOutposts", "AWSS3OnOutpostsServiceRolePolicy"),
    ("securityhub.amazonaws.com", "SecurityHub", "AWSSecurityHubServiceRolePolicy"),
    ("ses.amazonaws.com", "AmazonSES", "AmazonSESServiceRolePolicy"),
    ("shield.amazonaws.com", "AWSShield", "AWSShieldServiceRolePolicy"),
    ("spot.amazonaws.com", "EC2Spot", "AWSEC2SpotServiceRolePolicy"),
    ("spotfleet.amazonaws.com", "EC2SpotFleet", "AWSEC2SpotFleetServiceRolePolicy"),
    ("ssm-incidents.amazonaws.com", "IncidentManager", "AWSIncidentManagerServiceRolePolicy"),
    ("ssm-quicksetup.amazonaws.com", "SSMQuickSetup", "SSMQuickSetupRolePolicy"),
    ("ssm.amazonaws.com", "AmazonSSM", "AmazonSSMServiceRolePolicy"),
    ("sso.amazonaws.com", "SSO", "AWSSSOServiceRolePolicy"),
    ("stacksets.cloudformation.amazonaws.com", "CloudFormationStackSetsOrgAdmin", "CloudFormationStackSetsOrgAdminServiceRolePolicy"),
    ("support.amazonaws.com", "Support", "AWSSupportServiceRolePolicy"),
    ("transitgateway.amazonaws.com", "VPCTransitGateway", "AWSVPCTransitGatewayServiceRolePolicy"),
    ("trustedadvisor.amazonaws.com", "TrustedAdvisor", "AWSTrustedAdvisorServiceRolePolicy"),
    ("vpcorigin.cloudfront.amazonaws.com", "CloudFrontVPCOrigin", "AWSCloudFrontVPCOriginServiceRolePolicy"),
    ("waf.amazonaws.com", "WAFLogging", "WAFLoggingServiceRolePolicy"),
    ("wafv2.amazonaws.com", "WAFV2Logging", "WAFV2LoggingServiceRolePolicy"),
];
