/**
 * Certificates for TLS servers of tests, all self-signed with one key. Valid from 2020 to 2120, but for the expired one.
 * Made by openssl 3.0:
 *
 *     openssl ecparam -name prime256v1 -genkey -noout -out key.pem
 *     openssl req -new -key key.pem -subj "/CN=Lakelink tests" -out good.csr
 *     openssl ca -selfsign -keyfile key.pem -in good.csr -startdate 20200101000000Z -enddate 21200101000000Z \
 *         -extfile <(echo subjectAltName=DNS:localhost,IP:127.0.0.1) -notext -out good.pem
 */

/** Protects nothing: it is public, and only tests trust what it signed. */
export const testKey = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIAJEE4vDR0QvGgpGZFgpmFzkRNjJZLjirgG0XWmRsP7qoAoGCCqGSM49
AwEHoUQDQgAEzYVpo0KUPCY4J3ynxJqxyfCIO5w2CZFjy8vMX3Di1yrJdWtY7l/0
OpMzxvLlGqHZINf8TLKk4/Wt/PFuotHnkQ==
-----END EC PRIVATE KEY-----
`;

/** For localhost and 127.0.0.1. */
export const testCertificate = `-----BEGIN CERTIFICATE-----
MIIBYDCCAQagAwIBAgIBATAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5MYWtlbGlu
ayB0ZXN0czAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowGTEXMBUG
A1UEAwwOTGFrZWxpbmsgdGVzdHMwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATN
hWmjQpQ8JjgnfKfEmrHJ8Ig7nDYJkWPLy8xfcOLXKsl1a1juX/Q6kzPG8uUaodkg
1/xMsqTj9a388W6i0eeRoz0wOzAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEw
HQYDVR0OBBYEFCgzRW5On43zPo32P8gCL/WUEaUxMAoGCCqGSM49BAMCA0gAMEUC
IHxIPlVSiqU+7SYBqoikJzTZLtM8vziZTyNW59pVdFuAAiEApZUTTvcSbMBsXUpV
2HY4FPPS/n0W8RA0ttDkIjWt5sw=
-----END CERTIFICATE-----
`;

/** For another host. */
export const otherHostCertificate = `-----BEGIN CERTIFICATE-----
MIIBdzCCARygAwIBAgIBAjAKBggqhkjOPQQDAjAlMSMwIQYDVQQDDBpMYWtlbGlu
ayB0ZXN0cywgb3RoZXIgaG9zdDAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAw
MDAwMFowJTEjMCEGA1UEAwwaTGFrZWxpbmsgdGVzdHMsIG90aGVyIGhvc3QwWTAT
BgcqhkjOPQIBBggqhkjOPQMBBwNCAATNhWmjQpQ8JjgnfKfEmrHJ8Ig7nDYJkWPL
y8xfcOLXKsl1a1juX/Q6kzPG8uUaodkg1/xMsqTj9a388W6i0eeRozswOTAYBgNV
HREEETAPgg1vdGhlci5leGFtcGxlMB0GA1UdDgQWBBQoM0VuTp+N8z6N9j/IAi/1
lBGlMTAKBggqhkjOPQQDAgNJADBGAiEAzo5DetrkKzrMBKanC/DaPOl2LYTOIC6G
5/BnuI3zzWMCIQCpjRVQA3++LU0TuXKN4kXoLXck3yfYVsjirTuek/oN7w==
-----END CERTIFICATE-----
`;

/** For localhost and 127.0.0.1, until 2021. */
export const expiredCertificate = `-----BEGIN CERTIFICATE-----
MIIBcDCCARagAwIBAgIBAzAKBggqhkjOPQQDAjAiMSAwHgYDVQQDDBdMYWtlbGlu
ayB0ZXN0cywgZXhwaXJlZDAeFw0yMDAxMDEwMDAwMDBaFw0yMTAxMDEwMDAwMDBa
MCIxIDAeBgNVBAMMF0xha2VsaW5rIHRlc3RzLCBleHBpcmVkMFkwEwYHKoZIzj0C
AQYIKoZIzj0DAQcDQgAEzYVpo0KUPCY4J3ynxJqxyfCIO5w2CZFjy8vMX3Di1yrJ
dWtY7l/0OpMzxvLlGqHZINf8TLKk4/Wt/PFuotHnkaM9MDswGgYDVR0RBBMwEYIJ
bG9jYWxob3N0hwR/AAABMB0GA1UdDgQWBBQoM0VuTp+N8z6N9j/IAi/1lBGlMTAK
BggqhkjOPQQDAgNIADBFAiBAnPBzAERPr/gA0KbYV559Vl80qkQesm0Ee4Cb2izZ
jQIhAMx1OGIpMkGQob5OShXcd67yXUrllQRAKDTtz6e2WlDy
-----END CERTIFICATE-----
`;
