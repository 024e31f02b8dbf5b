#include "text/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static const struct {
	const char *code; /* "": nothing is said */
	const char *text;
} cases[] = {
	{"en", "Dear customer, the parcel that you ordered last week has been sent today and will arrive within three days."},
	{"en", "I was wondering if we could meet for a coffee on Friday, there is something that I would like to ask you."},
	{"de", "Guten Tag, die Rechnung für den letzten Monat finden Sie im Anhang. Bitte überweisen Sie den Betrag bis zum Freitag."},
	{"de", "Ich habe heute leider keine Zeit, aber wir können uns gerne morgen in der Stadt treffen und etwas essen."},
	{"fr", "Bonjour, nous vous remercions pour votre commande. Elle sera livrée dans les trois jours à votre adresse."},
	{"es", "Hola, le escribo para decirle que la reunión del lunes se ha cambiado a las tres de la tarde en la misma sala."},
	{"pt", "Bom dia, gostaria de saber se já recebeu o livro que lhe enviei na semana passada, porque ainda não tenho resposta."},
	{"it", "Buongiorno, la ringraziamo per il suo ordine. Il pacco è stato spedito oggi e arriverà nei prossimi giorni con il corriere."},
	{"nl", "Beste klant, wij hebben uw bestelling ontvangen en het pakket wordt morgen bij u thuis bezorgd door de bezorger."},
	{"sv", "Hej, vi har fått din beställning och den kommer att skickas i morgon. Du kan se mer på vår sida om du vill."},
	{"da", "Hej, vi har modtaget din ordre, og den bliver sendt i morgen. Du kan se mere på vores side, hvis du har lyst til det."},
	{"no", "Hei, vi har mottatt bestillingen din, og den blir sendt i morgen. Du kan lese mer om det på siden, men bare hvis du vil."},
	{"fi", "Hei, tilauksesi on nyt käsitelty ja se lähetetään huomenna. Voit myös katsoa sivulta, mikä on sen tila, jos se kiinnostaa."},
	{"is", "Góðan daginn, við höfum fengið pöntunina og hún verður send á morgun. Það er ekki hægt að breyta henni eftir það."},
	{"pl", "Dzień dobry, dziękujemy za zamówienie. Paczka została wysłana dzisiaj i jest już w drodze, a kurier będzie jutro lub w piątek."},
	{"cs", "Dobrý den, děkujeme za vaši objednávku. Balíček jsme dnes odeslali a měl by být u vás zítra, nebo až v pátek."},
	{"sk", "Dobrý deň, ďakujeme za vašu objednávku. Balík sme dnes odoslali a mal by byť u vás zajtra, alebo až v piatok, ak to vyjde."},
	{"hu", "Jó napot, köszönjük a rendelést. A csomagot ma feladtuk, és holnap már meg is érkezik, de ha nem, akkor kérjük, írjon."},
	{"ro", "Bună ziua, vă mulțumim pentru comandă. Pachetul a fost trimis astăzi și va ajunge mâine sau vineri, dacă nu sunt probleme."},
	{"hr", "Dobar dan, zahvaljujemo na vašoj narudžbi. Paket je danas poslan i stići će sutra ili u petak, ako nema problema sa dostavom."},
	{"sl", "Dober dan, hvala za naročilo. Paket smo danes poslali in ga boste dobili jutri ali v petek, če ne bo težav pri dostavi."},
	{"et", "Tere, täname teid tellimuse eest. Pakk on täna välja saadetud ja see peab kohale jõudma homme või reedel, kui ei ole probleeme."},
	{"lv", "Labdien, paldies par pasūtījumu. Paka ir šodien nosūtīta un tā būs pie jums rīt vai piektdien, ja nav problēmu ar piegādi."},
	{"lt", "Laba diena, dėkojame už užsakymą. Siunta šiandien išsiųsta ir ji turi būti pas jus rytoj arba penktadienį, jei nėra kliūčių."},
	{"sq", "Përshëndetje, ju falënderojmë për porosinë. Pakoja është dërguar sot dhe do të arrijë nesër ose të premten, në qoftë se nuk ka probleme."},
	{"ca", "Bon dia, gràcies per la seva comanda. El paquet ja s'ha enviat avui i arribarà demà o divendres amb el missatger, si no és que hi ha vaga."},
	{"eu", "Egun on, eskerrik asko eskaeragatik. Paketea gaur bidali dugu eta bihar edo ostiralean iritsiko da, baina ez baduzu jasotzen, idatzi."},
	{"gl", "Bos días, grazas polo seu pedido. O paquete xa foi enviado hoxe e chegará mañá ou o venres, se non hai ningún problema coa entrega na súa casa."},
	{"ga", "Dia duit, go raibh maith agat as an ordú. Tá an beart curtha sa phost inniu agus beidh sé ag do theach amárach nó Dé hAoine."},
	{"cy", "Bore da, diolch am eich archeb. Mae'r pecyn wedi ei anfon heddiw ac mae disgwyl iddo gyrraedd yfory neu ddydd Gwener, os oes rhywun yn y tŷ."},
	{"mt", "Bonġu, grazzi ta' l-ordni tiegħek. Il-pakkett intbagħat illum u għandu jasal għada jew il-Ġimgħa, jekk ma jkunx hemm problemi fil-kunsinna."},
	{"id", "Selamat pagi, terima kasih atas pesanan anda. Paket sudah dikirim hari ini dan akan tiba besok atau hari Jumat karena hujan di kota."},
	{"ms", "Selamat pagi, terima kasih kerana membuat pesanan. Bungkusan itu telah dihantar hari ini dan boleh sampai esok kerana jalan tidak sesak, bahawa ia selamat."},
	{"vi", "Xin chào, cảm ơn bạn đã đặt hàng. Chúng tôi đã gửi gói hàng trong ngày hôm nay và bạn sẽ nhận được vào ngày mai."},
	{"af", "Goeie dag, dankie vir jou bestelling. Die pakkie is vandag gestuur en sal môre by jou wees, maar as daar iets verkeerd is, moet jy ons laat weet."},
	{"sw", "Habari ya asubuhi, asante kwa agizo lako. Kifurushi kimetumwa leo na kitafika kesho au Ijumaa, lakini kama kuna tatizo tafadhali tuandikie."},
	{"tl", "Magandang umaga po, salamat sa inyong order. Ang pakete ay ipinadala na ngayon at ito ay darating bukas o sa Biyernes kung hindi umulan."},
	{"tr", "Merhaba, siparişiniz için teşekkür ederiz. Paket bugün gönderildi ve yarın ya da cuma günü size ulaşmış olacak, ama bir sorun olursa lütfen yazın."},
	{"az", "Salam, sifarişiniz üçün təşəkkür edirik. Bağlama bu gün göndərilib və sabah sizin ünvana çatacaq, amma bir problem olsa, biz onun haqqında yazarıq."},
	{"uz", "Assalomu alaykum, buyurtmangiz uchun rahmat. Paket bugun yuborildi va ertaga sizga yetib boradi, lekin bir muammo bo'lsa, biz bilan gaplashing."},
	{"ru", "Здравствуйте, спасибо за ваш заказ. Посылка отправлена сегодня и будет у вас завтра или в пятницу, если не возникнут трудности."},
	{"uk", "Доброго дня, дякуємо за ваше замовлення. Посилку відправлено сьогодні, і вона буде у вас завтра або у п'ятницю, якщо не буде затримки."},
	{"be", "Добры дзень, дзякуем за ваш заказ. Пасылка адпраўлена сёння і будзе ў вас заўтра або ў пятніцу, калі не будзе цяжкасцяў."},
	{"bg", "Добър ден, благодарим ви за поръчката. Пратката е изпратена днес и ще бъде при вас утре или в петък, ако няма проблеми с доставката."},
	{"sr", "Добар дан, захваљујемо на вашој поруџбини. Пакет је данас послат и стићи ће сутра или у петак, ако нема проблема са испоруком."},
	{"mk", "Добар ден, ви благодариме за нарачката. Пратката е испратена денес и ќе биде кај вас утре или во петок, ако нема проблеми со доставата."},
	{"kk", "Сәлеметсіз бе, тапсырысыңыз үшін рахмет. Сәлемдеме бүгін жіберілді және ертең сізге жетеді, бірақ мәселе болған жағдайда біз туралы жазыңыз."},
	{"ar", "مرحبا، شكرا لكم على طلبكم. تم إرسال الطرد اليوم وسوف يصل غدا أو يوم الجمعة إلى العنوان الذي كتبته في الطلب."},
	{"fa", "سلام، از سفارش شما متشکریم. بسته امروز ارسال شد و فردا یا جمعه به دست شما می رسد، اما اگر مشکلی بود برای ما بنویسید."},
	{"ur", "السلام علیکم، آپ کے آرڈر کا شکریہ۔ پارسل آج بھیج دیا گیا ہے اور یہ کل یا جمعہ کو آپ کے گھر پہنچ جائے گا۔"},
	{"hi", "नमस्ते, आपके ऑर्डर के लिए धन्यवाद। पैकेट आज भेज दिया गया है और यह कल या शुक्रवार को आप के घर पर होगा।"},
	{"mr", "नमस्कार, तुमच्या ऑर्डरसाठी धन्यवाद. पाकीट आज पाठवले आहे आणि ते उद्या तुमच्या घरी येईल, पण काही अडचण आली तर आम्ही कळवू."},
	{"ne", "नमस्ते, तपाईंको अर्डरको लागि धन्यवाद। पार्सल आज पठाइएको छ र यो भोलि तपाईंको घरमा पुग्ने छ, तर समस्या भए हामी लाई लेख्नुहोस्।"},
	{"el", "Καλημέρα σας, σας ευχαριστούμε για την παραγγελία. Το δέμα έχει σταλεί σήμερα με το courier."},
	{"he", "שלום רב, תודה על ההזמנה. החבילה נשלחה היום ותגיע אליכם מחר או ביום שישי."},
	{"hy", "Բարև ձեզ, շնորհակալություն պատվերի համար։ Փաթեթն ուղարկվել է այսօր։"},
	{"ka", "გამარჯობა, მადლობა შეკვეთისთვის. ამანათი დღეს გაიგზავნა და ხვალ მოვა."},
	{"bn", "নমস্কার, আপনার অর্ডারের জন্য ধন্যবাদ। প্যাকেটটি আজ পাঠানো হয়েছে।"},
	{"ta", "வணக்கம், உங்கள் ஆர்டருக்கு நன்றி. பொதி இன்று அனுப்பப்பட்டது."},
	{"te", "నమస్కారం, మీ ఆర్డర్‌కు ధన్యవాదాలు. ప్యాకెట్ ఈ రోజు పంపబడింది."},
	{"kn", "ನಮಸ್ಕಾರ, ನಿಮ್ಮ ಆರ್ಡರ್‌ಗೆ ಧನ್ಯವಾದಗಳು. ಪ್ಯಾಕೆಟ್ ಇಂದು ಕಳುಹಿಸಲಾಗಿದೆ."},
	{"ml", "നമസ്കാരം, നിങ്ങളുടെ ഓർഡറിന് നന്ദി. പാക്കറ്റ് ഇന്ന് അയച്ചു."},
	{"gu", "નમસ્તે, તમારા ઓર્ડર માટે આભાર. પેકેટ આજે મોકલવામાં આવ્યું છે."},
	{"pa", "ਸਤ ਸ੍ਰੀ ਅਕਾਲ, ਤੁਹਾਡੇ ਆਰਡਰ ਲਈ ਧੰਨਵਾਦ। ਪੈਕੇਟ ਅੱਜ ਭੇਜਿਆ ਗਿਆ ਹੈ।"},
	{"si", "ආයුබෝවන්, ඔබේ ඇණවුමට ස්තූතියි. පැකේජය අද යවා ඇත."},
	{"th", "สวัสดีครับ ขอบคุณสำหรับคำสั่งซื้อของคุณ พัสดุถูกส่งออกไปแล้ววันนี้"},
	{"lo", "ສະບາຍດີ ຂອບໃຈສໍາລັບຄໍາສັ່ງຊື້ຂອງທ່ານ ພັດສະດຸຖືກສົ່ງໄປແລ້ວມື້ນີ້"},
	{"km", "សួស្តី សូមអរគុណចំពោះការបញ្ជាទិញរបស់អ្នក កញ្ចប់ត្រូវបានផ្ញើនៅថ្ងៃនេះ"},
	{"my", "မင်္ဂလာပါ သင့်အော်ဒါအတွက် ကျေးဇူးတင်ပါတယ် ပါဆယ်ကို ဒီနေ့ပို့လိုက်ပါပြီ"},
	{"am", "ሰላም፣ ስለ ትዕዛዝዎ እናመሰግናለን። ጥቅሉ ዛሬ ተልኳል ነገ ይደርሳል።"},
	{"ja", "ご注文ありがとうございます。商品は本日発送いたしました。明日到着する予定です。"},
	{"zh", "感谢您的订购。包裹今天已经寄出，明天或者星期五会送到您的地址。iPhone手机也在里面。"},
	{"ko", "주문해 주셔서 감사합니다. 소포는 오늘 발송되었으며 내일 도착할 예정입니다."},
	{"la", "Lorem ipsum dolor sit amet, consectetur adipiscing elit. Nullam vitae magna eget nulla tincidunt tempor sed ut erat."},
	{"la", "Gallia est omnis divisa in partes tres, quarum unam incolunt Belgae, aliam Aquitani, et haec non est eadem quae antea erat."},
	{"fi", "Lasku erääntyy huomenna. Maksa se verkkopankissa ennen kello viittä. Kiitos ajoissa maksamisesta ja hyvää viikonloppua!"},
	{"fi", "Hei Matti, kokous siirtyi ensi viikkoon. Voitko vielä tarkistaa ajan? Terveisin Liisa"},
	/* nothing can be said */
	{"", ""},
	{"", "Hello"},
	{"", "Thank you, Bob"},
	{"", "Привет, Иван"},
	{"", "1234 5678 90 11:30 42"},
	{"la", "lorem ipsum dolor sit amet consectetur adipiscing elit vivamus"},
	{"", "int main(void) { return 0; } static const char *names[] = { if else while for switch case break };"},
	{"", "int main void return char static const unsigned long struct double for while do else if switch"},
	{"", "int i, k, s; o = v + z; s = a [ i ] * k; u = i - o; z = v / s; return s;"},
	{"", "XK-2000 ABC123 Intel Core ThinkPad SSD RAM GPU LCD HDMI USB"},
	{"", "Anna Schmidt, Peter Novak, Kowalski GmbH, Budapest, Torino, Sevilla"},
};

static struct text_language find(struct span text)
{
	struct arena *a = arena_make();
	struct text_scripts scripts;
	struct text_words words;
	struct text_language out;

	text_split_words(a, text, 1000, &words);
	text_count_scripts(text, &scripts);
	out = text_find_language(&words, &scripts);
	arena_free(a);
	return out;
}

static void languages_are_told(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct text_language found = find(span_of(cases[i].text));

		if (span_equal(found.code, span_of(cases[i].code)) && found.confidence >= 0 &&
			found.confidence <= 1 &&
			(found.confidence > 0) == (cases[i].code[0] != '\0'))
			continue;
		wrong++;
		print_error("%s: %.*s, %.2f\n", cases[i].code, SPAN_ARG(found.code),
			found.confidence);
	}
	assert_int_equal(wrong, 0);
}

static void more_of_a_language_is_surer(void **state)
{
	struct text_language plain = find(SPAN("we have sent it to you and to all of them")),
			     names = find(SPAN(
				     "we have sent it to Anna Novak Torino Schmidt Kowalski GmbH "
				     "Budapest Sevilla Peter Thinkpad Intel Core Lenovo"));

	(void)state;
	assert_true(span_equal(plain.code, SPAN("en")));
	assert_true(span_equal(names.code, SPAN("en")));
	assert_true(plain.confidence > names.confidence);
}

static void case_does_not_matter(void **state)
{
	(void)state;
	assert_true(span_equal(find(SPAN("ЗДРАВСТВУЙТЕ, ЭТО ВАШ ЗАКАЗ, И ОН УЖЕ НА СКЛАДЕ")).code,
		SPAN("ru")));
	assert_true(span_equal(find(SPAN("WIR HABEN DIE RECHNUNG FÜR SIE UND DEN BETRAG")).code,
		SPAN("de")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(languages_are_told),
		cmocka_unit_test(more_of_a_language_is_surer),
		cmocka_unit_test(case_does_not_matter),
	};

	return cmocka_run_group_tests_name("text/language", tests, NULL, NULL);
}
